import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType, fromFront } from "../reference/expect.ts";
import { partIndices, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Takes a tensor apart along an axis, which goes. */
export const unpack: EngineOperator<"UNPACK"> = {
  types: ["float32", "int8", "int16", "int32"],
  reference: prepareUnpack,
  hasVectors: true,
  kernels: [unpackKernel],
};

function prepareUnpack({ attributes, inputs: [input], outputs }: Operation<"UNPACK">): Kernel {
  expectSameType([input, ...outputs], ["float32", "int8", "int16", "int32"]);
  const axis = fromFront(attributes.axis, input.shape.length);
  const part = input.shape.with(axis, 1);
  const parts = outputs.map((_, offset) => partIndices(part, { whole: input.shape, axis, offset }));
  return ([x], results) => {
    parts.forEach((from, k) => {
      for (let i = 0; i < from.length; i++) results[k][i] = x[from[i]];
    });
  };
}

/** UNPACK: every output is a box of the input, one index of the axis. */
function unpackKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "UNPACK");
  if (operator === null) return null;
  const { inputs: [input], outputs } = layer;
  const { shape } = input!.tensor;
  const steps = strides(shape);
  const axis = fromFront(operator.attributes.axis, shape.length);
  const extents = shape.with(axis, 1);
  return moveBoxes(
    layer,
    outputs.map(({ region }, i) => ({
      extents,
      from: { region: input!.region, first: i * steps[axis], steps },
      to: { region, first: 0, steps: strides(extents) },
    })),
  );
}
