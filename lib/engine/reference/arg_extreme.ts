import { elements } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import { expectType } from "./expect.ts";
import { integers } from "./indices.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";

export const NO_AXIS = "an axis out of range, or of another extent than the output's shape tells";

/** ARG_MAX and ARG_MIN: the index of the first element that comes before all others. */
export function prepareArgExtreme(
  { inputs: [input, axis], outputs: [output] }: Operation<"ARG_MAX" | "ARG_MIN">,
  isBefore: (a: number, b: number) => boolean,
): ReferenceKernel {
  // The types that TFLM's kernel takes.
  expectType("input", input, ["float32", "int8"]);
  expectType("axis", axis, ["int32"]);
  expectType("output", output, ["int32"]);
  const { shape } = input;
  if (elements(axis.shape) !== 1) {
    throw new EngineError(`axis of shape [${axis.shape}], needed one element`);
  }
  return ([x, list], [y]) => {
    const [given] = integers(list);
    const along = given < 0 ? given + shape.length : given;
    if (!(along >= 0 && along < shape.length)) throw new EngineError(NO_AXIS);
    const [outer, inner] = [shape.slice(0, along), shape.slice(along + 1)].map(elements);
    if (outer * inner !== y.length) throw new EngineError(NO_AXIS);
    const extent = shape[along];
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
