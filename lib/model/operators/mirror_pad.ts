import type { OperatorDefinition } from "../operator_definition.ts";
import { differ, expectShape, known, rankFault } from "../shape_faults.ts";

/**
 * Attributes of MIRROR_PAD.
 *
 * @category Models
 */
export interface MirrorPadAttributes {
  /** 0: the border itself is not repeated (REFLECT); 1: it is (SYMMETRIC). */
  readonly mode: number;
}

/** MIRROR_PAD. */
export const mirrorPad: OperatorDefinition<MirrorPadAttributes> = {
  description: "Padding that mirrors; inputs: data, [rank, 2] before and after",
  optionTable: "MirrorPadOptions",
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [data, paddings], outputs: [output] }) => {
    const rank = data.shape.length;
    const amounts = known(paddings);
    const fault = expectPaddings(paddings.shape, rank);
    if (fault !== null || amounts === null) return fault ?? rankFault("output", output, rank);
    if (amounts.length !== 2 * rank || amounts.some((amount) => amount < 0)) {
      return `padding [${amounts}], needed ${2 * rank} numbers of at least 0`;
    }
    const shape = data.shape.map((extent, i) => amounts[2 * i] + extent + amounts[2 * i + 1]);
    return expectShape(output, shape);
  },
};

function expectPaddings(shape: readonly number[], rank: number): string | null {
  if (shape.length === 2 && shape[0] === rank && !differ(shape[1], 2)) return null;
  return `padding of shape [${shape}], needed [${rank}, 2]`;
}
