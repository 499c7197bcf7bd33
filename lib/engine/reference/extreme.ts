import { expectSameType } from "./expect.ts";
import { broadcastIndices } from "./indices.ts";
import type { Kernel, Operation } from "./prepare.ts";

/**
 * MINIMUM and MAXIMUM: `a` where it comes first, else `b`. Elements are compared as they are stored,
 * whatever their quantization, as TFLM's kernel does.
 */
export function prepareExtreme(
  { inputs: [a, b], outputs: [output] }: Operation<"MINIMUM" | "MAXIMUM">,
  isFirst: (a: number, b: number) => boolean,
): Kernel {
  expectSameType([a, b, output], ["float32", "int8", "int16", "int32", "int64"]);
  const fromA = broadcastIndices(a.shape, output.shape);
  const fromB = broadcastIndices(b.shape, output.shape);
  return ([x, z], [y]) => {
    for (let i = 0; i < y.length; i++) {
      const [left, right] = [x[fromA[i]], z[fromB[i]]];
      y[i] = isFirst(left, right) ? left : right;
    }
  };
}
