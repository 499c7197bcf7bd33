import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectShape, fromFront, known } from "../shape_faults.ts";

/**
 * Attributes of CUMSUM.
 *
 * @category Models
 */
export interface CumsumAttributes {
  /** An element itself is not in its sum. */
  readonly exclusive: boolean;
  /** Sums begin at the end. */
  readonly reverse: boolean;
}

/** CUMSUM. */
export const cumsum: OperatorDefinition<CumsumAttributes> = {
  description: "Sums of all elements so far along an axis; inputs: data, axis",
  optionTable: "CumsumOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, { inputs: [data, axis], outputs: [output] }) => {
    const [along] = known(axis) ?? [0];
    const isAxis = !differ(elements(axis.shape), 1) && fromFront(along, data.shape.length) !== null;
    if (!isAxis) return `axis ${along} of shape [${axis.shape}] on shape [${data.shape}]`;
    return expectShape(output, data.shape);
  },
};
