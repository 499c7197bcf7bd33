import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { gather } from "../reference/elementwise.ts";
import { constantList, expectSameType, fromFront, MOVABLE } from "../reference/expect.ts";
import { mapIndices, position, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Dimension i of the output is dimension `order[i]` of the input. */
export const transpose: EngineOperator<"TRANSPOSE"> = {
  types: MOVABLE,
  reference: prepareTranspose,
  hasVectors: true,
  kernels: [transposeKernel],
};

function prepareTranspose(
  { inputs: [input, order], outputs: [output] }: Operation<"TRANSPOSE">,
): Kernel {
  expectSameType([input, output], MOVABLE);
  const steps = strides(input.shape);
  const permuted = constantList("permutation", order)
    .map((axis) => steps[fromFront(axis, steps.length)]);
  return gather(mapIndices(output.shape, (index) => position(index, permuted)));
}

/** TRANSPOSE: one box, the dimensions of the input in another order. */
function transposeKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "TRANSPOSE") === null) return null;
  const { inputs: [input, order], outputs: [output] } = layer;
  const { shape } = output.tensor;
  const inputSteps = strides(input!.tensor.shape);
  const steps = constantList("permutation", order!.tensor)
    .map((axis) => inputSteps[fromFront(axis, inputSteps.length)]);
  return moveBoxes(layer, [{
    extents: shape,
    from: { region: input!.region, first: 0, steps },
    to: { region: output.region, first: 0, steps: strides(shape) },
  }]);
}
