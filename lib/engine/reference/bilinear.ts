import type { ResizeTap } from "../../model/operators/resize_bilinear.ts";
import { quotient } from "./clamp.ts";

type Corners = readonly (readonly number[])[];

/** The mean of four pixels, `[row][column]`: products and sums in TensorFlow Lite Micro's order. */
export const interpolate = {
  float32: ([[a, b], [c, d]]: Corners, row: ResizeTap, column: ResizeTap): number => {
    const f = Math.fround;
    const share = (x: number, down: number, right: number) => f(f(x * down) * right);
    const left = f(share(a, row.near, column.near) + share(c, row.far, column.near));
    // Adding 0 leaves no -0.
    return f(f(left + share(b, row.near, column.far)) + share(d, row.far, column.far)) + 0;
  },
  int8: ([[a, b], [c, d]]: Corners, row: ResizeTap, column: ResizeTap): number => {
    const sum = a * row.near * column.near + c * row.far * column.near +
      b * row.near * column.far + d * row.far * column.far;
    const half = 2 ** 19;
    return quotient(sum > 0 ? sum + half : sum - half, 2 ** 20);
  },
} as const;
