import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { constantList, expectType, fromFront } from "./expect.ts";
import type { Kernel, Operation } from "./prepare.ts";

/** Elements seen along an axis: element `(o * extent + i) * inner + n` is number i of row (o, n). */
export interface AxisExtents {
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

/** ARG_MAX and ARG_MIN: the index of the first element that comes before all others. */
export function prepareArgExtreme(
  { inputs: [input, axis], outputs: [output] }: Operation<"ARG_MAX" | "ARG_MIN">,
  isBefore: (a: number, b: number) => boolean,
): Kernel {
  // The types that TFLM's kernel takes.
  expectType("input", input, ["float32", "int8"]);
  expectType("axis", axis, ["int32"]);
  expectType("output", output, ["int32"]);
  const { outer, extent, inner } = axisExtents(input, axis);
  return ([x], [y]) => {
    for (let o = 0; o < outer; o++) {
      for (let n = 0; n < inner; n++) {
        const at = (i: number) => x[(o * extent + i) * inner + n];
        let best = 0;
        for (let i = 1; i < extent; i++) if (isBefore(at(i), at(best))) best = i;
        y[o * inner + n] = best;
      }
    }
  };
}

/** The elements of a tensor along the axis that a constant names. */
export function axisExtents({ shape }: Tensor, axis: Tensor): AxisExtents {
  const list = constantList("axis", axis);
  if (list.length !== 1) throw new EngineError(`axes [${list}], needed one`);
  const along = fromFront(list[0], shape.length);
  const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);
  return {
    outer: product(shape.slice(0, along)),
    extent: shape[along],
    inner: product(shape.slice(along + 1)),
  };
}
