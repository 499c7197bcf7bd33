import { position, strides } from "../../model/shape.ts";
import type { Value } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, apply, asValue, choose, constant, mul } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes, movedBoxes } from "../kernels/movement/move_boxes.ts";
import { listValues, within } from "../kernels/movement/run_time_list.ts";
import { type Layer, type LayerKernel, operatorOf, type PlacedTensor } from "../layer.ts";
import { clamp } from "../reference/clamp.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Replaces a box, which begins where it is told, or as near to that as it is within the data. */
export const dynamicUpdateSlice: EngineOperator<"DYNAMIC_UPDATE_SLICE"> = {
  types: ["float32", "int8", "int16", "int32"],
  reference: prepareUpdate,
  hasVectors: true,
  kernels: [updateKernel],
};

function prepareUpdate(
  { inputs: [data, update, begin], outputs: [output] }: Operation<"DYNAMIC_UPDATE_SLICE">,
): ReferenceKernel {
  expectSameType([data, update, output], ["float32", "int8", "int16", "int32"]);
  expectType("begin", begin, ["int32", "int64"]);
  const steps = strides(data.shape);
  const into = mapIndices(update.shape, (index) => position(index, steps));
  return ([x, box, begins], [y]) => {
    const first = Array.from(begins as ArrayLike<number | bigint>, (at, axis) => (
      clamp(Number(at), { min: 0, max: data.shape[axis] - update.shape[axis] })
    ));
    y.set(x);
    const corner = position(first, steps);
    for (let i = 0; i < into.length; i++) y[corner + into[i]] = box[i];
  };
}

/** DYNAMIC_UPDATE_SLICE: the data, and then the box over it. */
function updateKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "DYNAMIC_UPDATE_SLICE") === null) return null;
  const { inputs: [data, update, begin], outputs: [output] } = layer;
  const boxes = movedBoxes(layer);
  if (boxes === null) return null;
  const { shape } = data!.tensor;
  const extents = update!.tensor.shape;
  const steps = strides(shape);
  const replaced = (b: KernelBuilder) => {
    const corner = firstIndices(b, begin!).reduce<Value>((sum, at, axis) => {
      return add(sum, mul(within(b, at, shape[axis] - extents[axis]), steps[axis]));
    }, asValue(0));
    return [
      {
        extents,
        from: { region: update!.region, first: 0, steps: strides(extents) },
        to: { region: output.region, first: corner, steps },
      },
    ];
  };
  return moveBoxes(layer, boxes, { overlap: true, then: replaced });
}

/** Where the box is to begin; what is beyond 32 bits is as far out of range as they reach. */
function firstIndices(b: KernelBuilder, operand: PlacedTensor): readonly Value[] {
  const { tensor, region } = operand;
  if (tensor.dtype !== "int64") return listValues(b, "begin", operand);
  const [least, most] = [-(2n ** 31n), 2n ** 31n - 1n].map((bound) => constant(bound, "i64"));
  return Array.from({ length: tensor.shape[0] }, (_, i) => {
    const place = { region, address: start(region), offsetBytes: 8 * i };
    const wide = b.let("begin", b.load("i64.load", place));
    b.set(wide, choose(apply("i64.lt_s", [wide, least]), least, wide));
    b.set(wide, choose(apply("i64.gt_s", [wide, most]), most, wide));
    return b.let("begin", apply("i32.wrap_i64", [wide]));
  });
}
