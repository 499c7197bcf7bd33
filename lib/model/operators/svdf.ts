import type { ActivationAttributes } from "../attributes.ts";
import type { Operands, OperatorDefinition } from "../operator_definition.ts";
import { differ, expectShape, mayBeWhole, rankFault, sameShape } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";
import { biasFault } from "../window_faults.ts";

/**
 * Attributes of SVDF.
 *
 * @category Models
 */
export interface SvdfAttributes extends ActivationAttributes {
  /** Filters per output. */
  readonly rank: number;
  /** Weights-only quantization: quantize the input asymmetrically at run time. */
  readonly asymmetricQuantizeInputs: boolean;
}

type Inputs = readonly [
  input: Tensor,
  feature: Tensor,
  time: Tensor,
  bias: Tensor | null,
  state: Tensor,
];

/** SVDF. */
export const svdf: OperatorDefinition<SvdfAttributes, Inputs> = {
  description:
    "Low-rank filter over time; inputs: data, feature weights, time weights, bias or -1, state",
  optionTable: "SVDFOptions",
  inputs: 5,
  mayBeMissing: [3],
  access: { kind: "none" },
  check: shapeFault,
  macs: (_, { inputs: [input, , time] }) => {
    const [batches, depth] = input.shape;
    const [filters, memory] = time.shape;
    return batches * filters * (depth + memory);
  },
};

function shapeFault({ rank }: SvdfAttributes, operands: Operands<Inputs>): string | null {
  const { inputs: [input, feature, time, bias, state], outputs: [output] } = operands;
  for (const [what, tensor] of Object.entries({ input, feature, time, state, output })) {
    const fault = rankFault(what, tensor, 2);
    if (fault !== null) return fault;
  }
  const [batches, depth] = input.shape;
  const [filters, featureDepth] = feature.shape;
  const [timeFilters, memory] = time.shape;
  const units = filters / rank;
  if (rank === 0 || !mayBeWhole(units) || units < 1) return `rank ${rank} of ${filters} filters`;
  if (differ(featureDepth, depth) || differ(timeFilters, filters)) {
    return `feature weights [${feature.shape}] and time weights [${time.shape}] on an input ` +
      `of shape [${input.shape}]`;
  }
  if (!sameShape(state.shape, [batches, memory * filters])) {
    return `state of shape [${state.shape}], needed [${batches}, ${memory * filters}]`;
  }
  return expectShape(output, [batches, units]) ?? biasFault(bias, units);
}
