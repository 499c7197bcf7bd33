import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectShape, fromFront, known } from "../shape_faults.ts";

/** REVERSE_V2. */
export const reverseV2: OperatorDefinition<NoAttributes> = {
  description: "Turns dimensions around; inputs: data, axes",
  optionTable: "ReverseV2Options",
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [data, axes], outputs: [output] }) => {
    const rank = data.shape.length;
    const list = known(axes) ?? [];
    const isWrong = list.some((axis) => fromFront(axis, rank) === null);
    if (axes.shape.length !== 1 || elements(axes.shape) > rank || isWrong) {
      return `axes [${list}] of shape [${axes.shape}] on shape [${data.shape}]`;
    }
    return expectShape(output, data.shape);
  },
};
