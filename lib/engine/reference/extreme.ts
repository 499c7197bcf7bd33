import { elementwiseOfTwo } from "./elementwise.ts";
import type { Dtype } from "../../model/dtype.ts";
import { EngineError } from "../engine_error.ts";
import { expectSameType, integerRange } from "./expect.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";
import { prepareReduction } from "./reduction.ts";

/**
 * MINIMUM and MAXIMUM: `a` where it comes first, else `b`. Elements are compared as they are stored,
 * whatever their quantization, as TFLM's kernel does.
 */
export function prepareExtreme(
  operation: Operation<"MINIMUM" | "MAXIMUM">,
  isFirst: (a: number, b: number) => boolean,
): ReferenceKernel {
  const tensors = [...operation.inputs, ...operation.outputs];
  expectSameType(tensors, ["float32", "int8", "int16", "int32", "int64"]);
  return elementwiseOfTwo(operation, (a, b) => isFirst(a, b) ? a : b);
}

/** Operators that find an extreme over axes. */
type ExtremeReduction = "REDUCE_MAX" | "REDUCE_MIN";

/** REDUCE_MAX and REDUCE_MIN: elements as they are stored, which all stand for the same numbers. */
export function prepareExtremeReduction(
  operation: Operation<ExtremeReduction>,
  op: ExtremeReduction,
): ReferenceKernel {
  const { inputs: [input], outputs: [output] } = operation;
  const dtype = expectSameType([input, output], ["float32", "int8"]);
  const [from, to] = [input, output].map(({ quantization }) => quantization);
  const isSame = Math.fround(from?.scales[0] ?? 0) === Math.fround(to?.scales[0] ?? 0) &&
    (from?.zeroPoints[0] ?? 0) === (to?.zeroPoints[0] ?? 0);
  if (dtype === "int8" && !isSame) {
    throw new EngineError("an output that is not quantized as the input is");
  }
  const isMax = op === "REDUCE_MAX";
  return prepareReduction(operation, {
    first: firstExtreme(op, dtype),
    next: (value, x) => (isMax ? x > value : x < value) ? x : value,
  });
}

/** What elements are compared with first: the type's last finite number on the other side. */
export function firstExtreme(op: ExtremeReduction, dtype: Dtype): number {
  const { min, max } = dtype === "float32" ? { min: -FLT_MAX, max: FLT_MAX } : integerRange(dtype);
  return op === "REDUCE_MAX" ? min : max;
}

const FLT_MAX = (2 - 2 ** -23) * 2 ** 127;
