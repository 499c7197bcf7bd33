import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType, fromFront, MOVABLE } from "../reference/expect.ts";
import { partIndices, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Stacks tensors along a new axis. */
export const pack: EngineOperator<"PACK"> = {
  types: MOVABLE,
  reference: preparePack,
  hasVectors: true,
  kernels: [packKernel],
};

function preparePack({ attributes, inputs, outputs: [output] }: Operation<"PACK">): Kernel {
  expectSameType([...inputs, output], MOVABLE);
  const axis = fromFront(attributes.axis, output.shape.length);
  const part = output.shape.with(axis, 1);
  const parts = inputs.map((_, offset) => partIndices(part, { whole: output.shape, axis, offset }));
  return (values, [y]) => {
    parts.forEach((into, k) => {
      for (let i = 0; i < into.length; i++) y[into[i]] = values[k][i];
    });
  };
}

/** PACK: every input is a box of the output, one index of the new axis. */
function packKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "PACK");
  if (operator === null) return null;
  const { inputs, outputs: [output] } = layer;
  const steps = strides(output.tensor.shape);
  const axis = fromFront(operator.attributes.axis, steps.length);
  const extents = output.tensor.shape.with(axis, 1);
  return moveBoxes(
    layer,
    inputs.map((input, i) => ({
      extents,
      from: { region: input!.region, first: 0, steps: strides(extents) },
      to: { region: output.region, first: i * steps[axis], steps },
    })),
  );
}
