import { position, strides } from "../../model/shape.ts";
import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, choose, max, min, sub } from "../../kernel/values.ts";
import type { Dtype } from "../../model/dtype.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { computedMoves, forIndices, indexValue } from "../kernels/movement/computed_moves.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { all, listValues } from "../kernels/movement/run_time_list.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { constantList, expectSameType, expectType } from "../reference/expect.ts";
import { integers, mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const TYPES: readonly Dtype[] = ["float32", "int8", "uint8", "int16", "int32", "int64", "bool"];

/** Turns dimensions around, which are neighbours; TFLM's kernel refuses others. */
export const reverseV2: EngineOperator<"REVERSE_V2"> = {
  types: TYPES,
  reference: prepareReverse,
  hasVectors: true,
  kernels: [moveElements, reverseElements],
};

const REASON = "axes that are out of range, or not one behind the other";

function prepareReverse(
  { inputs: [data, axes], outputs: [output] }: Operation<"REVERSE_V2">,
): ReferenceKernel {
  expectSameType([data, output], TYPES);
  expectType("axes", axes, ["int32"]);
  if (axes.data !== null) turnedAround(constantList("axes", axes), data.shape);
  return ([x, list], [y]) => {
    const { first, steps } = turnedAround(integers(list), data.shape);
    mapIndices(data.shape, (index) => first + position(index, steps))
      .forEach((from, i) => y[i] = x[from]);
  };
}

/** Where the last elements of some axes lie, and how far it is from each element to the next. */
function turnedAround(
  axes: readonly number[],
  shape: readonly number[],
): { readonly first: number; readonly steps: readonly number[] } {
  const rank = shape.length;
  const sorted = axes.map((axis) => axis < 0 ? axis + rank : axis).toSorted((a, b) => a - b);
  const isRange = sorted.every((axis, i) => axis === sorted[0] + i);
  if (!isRange || sorted[0] < 0 || sorted[sorted.length - 1] >= rank) {
    throw new EngineError(REASON);
  }
  const steps = strides(shape).map((step, axis) => sorted.includes(axis) ? -step : step);
  return {
    first: position(sorted.map((axis) => 1 - shape[axis]), sorted.map((a) => steps[a])),
    steps,
  };
}

/** REVERSE_V2 along axes that are known at run time only, element by element. */
function reverseElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "REVERSE_V2") === null) return null;
  const { inputs: [data, axes] } = layer;
  const { shape } = data!.tensor;
  const steps = strides(shape);
  return computedMoves(layer, {
    count: 1,
    reason: REASON,
    write: (b, move) => {
      const isTurned = turnedAxes(b, layer, listValues(b, "axis", axes!));
      const walks = shape.map((extent, axis) => ({
        first: b.let("first", choose(isTurned[axis], (extent - 1) * steps[axis], 0)),
        step: b.let("step", choose(isTurned[axis], -steps[axis], steps[axis])),
      }));
      const corner = walks.reduce<Value>((sum, { first }) => add(sum, first), add(0, 0));
      forIndices(b, shape, (index) => {
        const from = add(corner, indexValue(index, walks.map(({ step }) => step)));
        move(from, indexValue(index, steps));
      });
    },
  });
}

/** For every dimension whether it is turned around. Axes that are no range of dimensions are refused. */
function turnedAxes(b: KernelBuilder, layer: Layer, axes: readonly Value[]): readonly Value[] {
  const rank = layer.outputs[0].tensor.shape.length;
  if (axes.length === 0) return new Array(rank).fill(add(0, 0));
  const fromFront = axes.map((axis) => (
    b.let("axis", choose(apply("i32.lt_s", [axis, 0]), add(axis, rank), axis))
  ));
  const isTurned = Array.from({ length: rank }, (_, dimension) => {
    const same = fromFront.map((axis) => apply("i32.eq", [axis, dimension]));
    return b.let("is_turned", same.reduce((any, each) => apply("i32.or", [any, each])));
  });
  const [least, most] = [min, max].map((extreme) => (
    fromFront.slice(1).reduce((so, axis) => b.let("bound", extreme(so, axis)), fromFront[0])
  ));
  const turned = isTurned.reduce<Value>((sum, each) => add(sum, each), add(0, 0));
  const isRange = all([
    ...fromFront.map((axis) => apply("i32.lt_u", [axis, rank])),
    apply("i32.eq", [turned, axes.length]),
    apply("i32.eq", [sub(most, least), axes.length - 1]),
  ]);
  b.if(apply("i32.eqz", [isRange]), () => refuse(b, layer));
  return isTurned;
}
