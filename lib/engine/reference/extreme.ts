import { elementwiseOfTwo } from "./elementwise.ts";
import { expectSameType } from "./expect.ts";
import type { Kernel, Operation } from "./prepare.ts";

/**
 * MINIMUM and MAXIMUM: `a` where it comes first, else `b`. Elements are compared as they are stored,
 * whatever their quantization, as TFLM's kernel does.
 */
export function prepareExtreme(
  operation: Operation<"MINIMUM" | "MAXIMUM">,
  isFirst: (a: number, b: number) => boolean,
): Kernel {
  const tensors = [...operation.inputs, ...operation.outputs];
  expectSameType(tensors, ["float32", "int8", "int16", "int32", "int64"]);
  return elementwiseOfTwo(operation, (a, b) => isFirst(a, b) ? a : b);
}
