import type { ActivationAttributes, WeightsFormat } from "../attributes.ts";
import type { Dtype } from "../dtype.ts";
import type { OperatorDefinition, WeightedInputs } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectElements, mayBeWhole, rankFault } from "../shape_faults.ts";
import { biasFault } from "../window_faults.ts";

/**
 * Attributes of FULLY_CONNECTED.
 *
 * @category Models
 */
export interface FullyConnectedAttributes extends ActivationAttributes {
  /** How the weights are stored. */
  readonly weightsFormat: WeightsFormat;
  /** The output keeps all but the last dimension of the input. */
  readonly keepNumDims: boolean;
  /** Weights-only quantization: quantize the input asymmetrically at run time. */
  readonly asymmetricQuantizeInputs: boolean;
  /** Type of bias and accumulator; "float32", the schema's default, means unset. */
  readonly quantizedBiasType: Dtype;
}

/** FULLY_CONNECTED. */
export const fullyConnected: OperatorDefinition<FullyConnectedAttributes, WeightedInputs> = {
  description: "Matrix product; inputs: activation, weights [outputs, inputs], bias or -1",
  optionTable: "FullyConnectedOptions",
  inputs: 2,
  optionalInputs: 1,
  access: { kind: "window", over: "rows", isChannelwise: false, isWeighted: true },
  check: (_, { inputs: [input, weights, bias], outputs: [output] }) => {
    const fault = rankFault("weights", weights, 2);
    if (fault !== null) return fault;
    const [units, depth] = weights.shape;
    const batches = elements(input.shape) / depth;
    if (depth === 0 || !mayBeWhole(batches)) {
      return `weights [${weights.shape}] on an input of shape [${input.shape}]`;
    }
    return expectElements(output, batches * units) ?? biasFault(bias, units);
  },
  macs: (_, { inputs: [, weights], outputs: [output] }) =>
    elements(output.shape) * weights.shape[1],
};
