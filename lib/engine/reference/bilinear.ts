import type { ResizeAttributes } from "../../model/operators/resize_nearest_neighbor.ts";
import { quotient } from "./clamp.ts";

/** The two indices of the input that an index of the output lies between, and how far from each. */
export interface ResizeTap {
  readonly lower: number;
  readonly upper: number;
  /** Share of the lower one: a float32, or 1024ths. */
  readonly near: number;
  /** Share of the upper one. */
  readonly far: number;
}

/**
 * Where the indices of one dimension of an output lie in the input, as TensorFlow Lite Micro works it
 * out in float32, or in 1024ths with an integer scale. Half-pixel centres put the first positions
 * before the input's first pixel, where both taps are that pixel.
 */
export function resizeTaps(
  { from, to, isFloat }: { readonly from: number; readonly to: number; readonly isFloat: boolean },
  attributes: ResizeAttributes,
): readonly ResizeTap[] {
  const isAligned = attributes.alignCorners && to > 1;
  const [span, steps] = isAligned ? [from - 1, to - 1] : [from, to];
  const position = isFloat
    ? floatPosition(span / steps, attributes)
    : integerPosition(quotient(ONE * span + quotient(steps, 2), steps), attributes);
  const unit = isFloat ? 1 : ONE;
  return Array.from({ length: to }, (_, i) => {
    const at = position(i);
    const lower = Math.min(Math.max(isFloat ? Math.floor(at) : quotient(at, ONE), 0), from - 1);
    const above = isFloat ? Math.ceil(at) : quotient(at + ONE - 1, ONE);
    const far = isFloat ? Math.fround(at - lower) : at - ONE * lower;
    return {
      lower,
      upper: Math.min(above, from - 1),
      near: isFloat ? Math.fround(unit - far) : unit - far,
      far,
    };
  });
}

/** A pixel of positions of int8. */
const ONE = 1024;

function floatPosition(
  ratio: number,
  { halfPixelCenters }: ResizeAttributes,
): (i: number) => number {
  const f = Math.fround;
  const scale = f(ratio);
  return (i) => halfPixelCenters ? f(f(f(i + 0.5) * scale) - 0.5) : f(i * scale);
}

function integerPosition(
  scale: number,
  { halfPixelCenters }: ResizeAttributes,
): (i: number) => number {
  return (i) => i * scale + (halfPixelCenters ? quotient(scale, 2) - ONE / 2 : 0);
}

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
