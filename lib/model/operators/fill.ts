import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectShape, known, rankFault } from "../shape_faults.ts";

/** FILL. */
export const fill: OperatorDefinition<NoAttributes> = {
  description: "One value everywhere; inputs: shape, value",
  optionTable: "FillOptions",
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [shape, value], outputs: [output] }) => {
    const fault = rankFault("value", value, 0);
    if (fault !== null) return fault;
    if (shape.shape.length !== 1 || elements(shape.shape) !== output.shape.length) {
      return `shape of shape [${shape.shape}] for an output of shape [${output.shape}]`;
    }
    const list = known(shape);
    return list === null ? null : expectShape(output, list);
  },
};
