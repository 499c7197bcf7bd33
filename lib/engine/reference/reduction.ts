import { elements, position, strides } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { expectType } from "./expect.ts";
import { integers, mapIndices } from "./indices.ts";
import type { ReferenceKernel } from "./prepare.ts";

/** Why axes are refused that are known at run time only. */
export const AXES_REASON = "axes that are out of range, or not those of the output's shape";

/**
 * A kernel that makes one element of the output of all those of the input that differ in some axes
 * only, one after the other in the input's order.
 */
export function prepareReduction(
  { inputs: [input, axes], outputs: [output] }: {
    readonly inputs: readonly Tensor[];
    readonly outputs: readonly Tensor[];
  },
  { first, next, finish = (value) => value }: {
    /** What there is before the first element. */
    readonly first: number;
    readonly next: (value: number, x: number) => number;
    /** What is stored after the last of so many terms. */
    readonly finish?: (value: number, terms: number) => number;
  },
): ReferenceKernel {
  if (axes === undefined) throw new EngineError("no axes to reduce over, needed a second input");
  // Constants of either size are the same numbers; at run time TFLM knows int32 alone.
  expectType("axes", axes, axes.data === null ? ["int32"] : ["int32", "int64"]);
  const { shape } = input;
  const count = elements(output.shape);
  return ([x, list], [y]) => {
    const reduced = resolvedAxes(integers(list), shape.length);
    const kept = shape.map((extent, axis) => reduced.has(axis) ? 1 : extent);
    if (elements(kept) !== count) throw new EngineError(AXES_REASON);
    const steps = strides(kept).map((step, axis) => reduced.has(axis) ? 0 : step);
    const into = mapIndices(shape, (index) => position(index, steps));
    const values = new Float64Array(count).fill(first);
    into.forEach((to, i) => values[to] = next(values[to], x[i]));
    const terms = elements(shape.filter((_, axis) => reduced.has(axis)));
    values.forEach((value, i) => y[i] = finish(value, terms));
  };
}

/** Whether there is nothing to reduce: TFLM's kernels of quantized sums then store 0, not the zero point. */
export function isEmpty({ shape }: Tensor): boolean {
  return elements(shape) === 0;
}

/** Axes from the front, each once; a scalar has none, whatever is given. */
function resolvedAxes(axes: readonly number[], rank: number): ReadonlySet<number> {
  if (rank === 0) return new Set();
  const fromFront = axes.map((axis) => axis < 0 ? axis + rank : axis);
  if (fromFront.every((axis) => axis >= 0 && axis < rank)) return new Set(fromFront);
  throw new EngineError(AXES_REASON);
}
