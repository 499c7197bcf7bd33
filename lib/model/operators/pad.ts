import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, known, rankFault } from "../shape_faults.ts";

/** PAD. */
export const pad: OperatorDefinition<NoAttributes> = {
  description: "Zero padding; inputs: data, [rank, 2] before and after",
  optionTable: "PadOptions",
  inputs: 2,
  access: { kind: "movement" },
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
