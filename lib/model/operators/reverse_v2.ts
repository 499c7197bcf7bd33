import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements, position, strides, wholeOf } from "../shape.ts";
import { expectShape, fromFront, known } from "../shape_faults.ts";

/** REVERSE_V2. */
export const reverseV2: OperatorDefinition<NoAttributes> = {
  description: "Turns dimensions around; inputs: data, axes",
  optionTable: "ReverseV2Options",
  inputs: 2,
  access: { kind: "movement" },
  moves: (_, { inputs: [{ shape }, axes], outputs: [output] }) => {
    const list = known(axes);
    if (list === null || list.length !== elements(axes.shape)) return null;
    const along = list.map((axis) => fromFront(axis, shape.length));
    const steps = strides(shape).map((step, axis) => along.includes(axis) ? -step : step);
    const last = shape.map((extent, axis) => steps[axis] < 0 ? 1 - extent : 0);
    const from = { first: position(last, steps), steps };
    return [{ input: 0, output: 0, extents: shape, from, to: wholeOf(output) }];
  },
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
