import { position, strides } from "../../model/shape.ts";
import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, asValue, mul } from "../../kernel/values.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes, moveElements } from "../kernels/movement/move_boxes.ts";
import { all, listValues, within } from "../kernels/movement/run_time_list.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { expectSameType } from "../reference/expect.ts";
import { integers, mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Cuts a box, of which begin and size may be computed at run time; the size is the output's. */
export const slice: EngineOperator<"SLICE"> = {
  types: ["float32", "int8", "int16", "int32", "bool"],
  reference: prepareSlice,
  hasVectors: true,
  kernels: [moveElements, sliceKernel],
};

const REASON = "a box that is not within the input, or not of the output's shape";

function prepareSlice(
  { inputs: [input, begin, size], outputs: [output] }: Operation<"SLICE">,
): ReferenceKernel {
  expectSameType([input, output], ["float32", "int8", "int16", "int32", "bool"]);
  expectSameType([begin, size], ["int32", "int64"]);
  const steps = strides(input.shape);
  const from = mapIndices(output.shape, (index) => position(index, steps));
  return ([x, begins, sizes], [y]) => {
    const first = integers(begins);
    if (!isBox(input, output, { first, sizes: integers(sizes) })) throw new EngineError(REASON);
    const start = position(first, steps);
    for (let i = 0; i < from.length; i++) y[i] = x[start + from[i]];
  };
}

function isBox(input: Tensor, output: Tensor, { first, sizes }: {
  readonly first: readonly number[];
  readonly sizes: readonly number[];
}): boolean {
  return input.shape.every((extent, axis) => {
    const count = output.shape[axis];
    const isInside = first[axis] >= 0 && first[axis] + count <= extent;
    return isInside &&
      (sizes[axis] === -1 ? first[axis] + count === extent : sizes[axis] === count);
  });
}

/** SLICE of a box that is known at run time only. */
function sliceKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SLICE") === null) return null;
  const { inputs: [input, begin], outputs: [output] } = layer;
  const [inner, extents] = [input!.tensor.shape, output.tensor.shape];
  const steps = strides(inner);
  const kernel = moveBoxes(layer, (b) => {
    const begins = listValues(b, "begin", begin!);
    checkBox(b, layer, begins);
    // A wrong box has been refused: what is copied for it lies within the input.
    const first = begins.map((at, axis) => (
      within(b, at, inner[axis] - extents[axis])
    ));
    const corner = first.reduce((sum, at, axis) => add(sum, mul(at, steps[axis])), asValue(0));
    return [{
      extents,
      from: { region: input!.region, first: corner, steps },
      to: { region: output.region, first: 0, steps: strides(extents) },
    }];
  });
  return kernel && { ...kernel, refusal: { reason: REASON, error: "EngineError" } };
}

/** Refuses a box that is not within the input, or not of the output's shape. */
function checkBox(b: KernelBuilder, layer: Layer, begins: readonly Value[]): void {
  const { inputs: [input, , size], outputs: [output] } = layer;
  const sizes = listValues(b, "size", size!);
  const isRight = all(begins.flatMap((begin, axis) => {
    const count = output.tensor.shape[axis];
    const last = input!.tensor.shape[axis] - count;
    const isToEnd = apply("i32.and", [
      apply("i32.eq", [sizes[axis], -1]),
      apply("i32.eq", [begin, last]),
    ]);
    return [
      apply("i32.le_u", [begin, last]),
      apply("i32.or", [apply("i32.eq", [sizes[axis], count]), isToEnd]),
    ];
  }));
  b.if(apply("i32.eqz", [isRight]), () => refuse(b, layer));
}
