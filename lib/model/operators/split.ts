import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectElements } from "../shape_faults.ts";

/**
 * Attributes of SPLIT.
 *
 * @category Models
 */
export interface SplitAttributes {
  /** Number of outputs. */
  readonly numSplits: number;
}

/** SPLIT. */
export const split: OperatorDefinition<SplitAttributes> = {
  description: "Cuts into equal parts; inputs: axis, data",
  optionTable: "SplitOptions",
  inputs: 2,
  outputs: null,
  access: { kind: "movement" },
  check: ({ numSplits }, { inputs: [, input], outputs }) => {
    if (outputs.length !== numSplits || numSplits < 1) {
      return `${outputs.length} outputs for ${numSplits} parts`;
    }
    for (const output of outputs) {
      const fault = expectElements(output, elements(input.shape) / numSplits);
      if (fault !== null) return fault;
    }
    return null;
  },
};
