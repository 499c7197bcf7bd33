import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { position, strides, wholeOf } from "../shape.ts";
import { expectShape, known, rankFault } from "../shape_faults.ts";

/** PAD. */
export const pad: OperatorDefinition<NoAttributes> = {
  description: "Zero padding; inputs: data, [rank, 2] before and after",
  optionTable: "PadOptions",
  inputs: 2,
  access: { kind: "movement" },
  moves: (_, { inputs: [input, paddings], outputs: [output] }) => {
    const amounts = known(paddings);
    if (amounts?.length !== 2 * input.shape.length) return null;
    const steps = strides(output.shape);
    const to = { first: position(amounts.filter((_, i) => i % 2 === 0), steps), steps };
    return [{ input: 0, output: 0, extents: input.shape, from: wholeOf(input), to }];
  },
  check: (_, { inputs: [input, paddings], outputs: [output] }) => {
    const rank = input.shape.length;
    const amounts = known(paddings);
    if (amounts === null) return rankFault("output", output, rank);
    if (amounts.length !== 2 * rank || amounts.some((amount) => amount < 0)) {
      return `padding [${amounts}], needed ${2 * rank} numbers of at least 0`;
    }
    const shape = input.shape.map((extent, i) => amounts[2 * i] + extent + amounts[2 * i + 1]);
    return expectShape(output, shape);
  },
};
