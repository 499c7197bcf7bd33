import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, sameShape } from "../shape_faults.ts";

/** ADD_N. */
export const addN: OperatorDefinition<NoAttributes> = {
  description: "Sum of two or more tensors of one shape",
  optionTable: "AddNOptions",
  inputs: 2,
  optionalInputs: Infinity,
  access: { kind: "elementwise" },
  check: (_, { inputs: [first, ...others], outputs: [output] }) => {
    const other = others.find(({ shape }) => !sameShape(shape, first.shape));
    if (other !== undefined) return `input of shape [${other.shape}], needed [${first.shape}]`;
    return expectShape(output, first.shape);
  },
};
