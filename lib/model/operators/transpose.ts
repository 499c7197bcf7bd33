import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements, strides, wholeOf } from "../shape.ts";
import { expectElements, expectShape, fromFront, known } from "../shape_faults.ts";

/** TRANSPOSE. */
export const transpose: OperatorDefinition<NoAttributes> = {
  description: "Permutes dimensions; inputs: data, permutation",
  optionTable: "TransposeOptions",
  inputs: 2,
  access: { kind: "movement" },
  moves: (_, { inputs: [input, order], outputs: [output] }) => {
    const rank = input.shape.length;
    const axes = known(order)?.map((axis) => fromFront(axis, rank)) ?? [];
    if (axes.length !== rank || axes.includes(null)) return null;
    const steps = strides(input.shape);
    const from = { first: 0, steps: axes.map((axis) => steps[axis as number]) };
    return [{ input: 0, output: 0, extents: output.shape, from, to: wholeOf(output) }];
  },
  check: (_, { inputs: [input, order], outputs: [output] }) => {
    const permutation = known(order);
    if (permutation === null) return expectElements(output, elements(input.shape));
    const rank = input.shape.length;
    const axes = permutation.map((axis) => fromFront(axis, rank));
    if (axes.length !== rank || axes.includes(null) || new Set(axes).size !== rank) {
      return `[${permutation}] is not a permutation of ${rank} dimensions`;
    }
    return expectShape(output, axes.map((axis) => input.shape[axis as number]));
  },
};
