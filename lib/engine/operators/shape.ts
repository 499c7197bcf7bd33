import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectType, MOVABLE } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** The shape of its input, which is known before anything runs. */
export const shape: EngineOperator<"SHAPE"> = {
  types: MOVABLE,
  reference: prepareShape,
  kernels: [shapeKernel],
};

function prepareShape({ inputs: [input], outputs: [output] }: Operation<"SHAPE">): ReferenceKernel {
  expectType("input", input, MOVABLE);
  expectType("output", output, ["int32"]);
  return (_, [y]) => void y.set(input.shape);
}

/** SHAPE: a constant that is copied. */
function shapeKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SHAPE") === null) return null;
  const { name, inputs: [input], outputs: [output], constants } = layer;
  const { shape } = input!.tensor;
  const bytes = new Uint8Array(Int32Array.from(shape).buffer);
  return moveBoxes(layer, [{
    extents: [shape.length],
    from: { region: constants.place(`${name}_extents`, bytes), first: 0, steps: [1] },
    to: { region: output.region, first: 0, steps: [1] },
  }]);
}
