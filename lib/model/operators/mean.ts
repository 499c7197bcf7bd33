import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectElements, fromFront, known } from "../shape_faults.ts";

/**
 * Attributes of MEAN.
 *
 * @category Models
 */
export interface ReduceAttributes {
  /** Reduced dimensions stay with extent 1. */
  readonly keepDims: boolean;
}

/** MEAN. */
export const mean: OperatorDefinition<ReduceAttributes> = {
  description: "Mean over axes; inputs: data, axes",
  optionTable: "ReducerOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, { inputs: [input, axes], outputs: [output] }) => {
    const list = known(axes);
    if (list === null) return null;
    const rank = input.shape.length;
    const reduced = list.map((axis) => fromFront(axis, rank));
    if (reduced.includes(null)) return `axes [${list}] of an input of shape [${input.shape}]`;
    return expectElements(output, elements(input.shape.filter((_, i) => !reduced.includes(i))));
  },
};
