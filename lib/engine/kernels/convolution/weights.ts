import { constantValues } from "../../../model/constant.ts";
import type { Tensor } from "../../../model/tensor.ts";

/** Elements of a constant of integers of at most 32 bits, or of float32. */
export function numbersOf(tensor: Tensor): Int8Array | Uint8Array | Int16Array | Int32Array {
  return constantValues(tensor) as Int8Array;
}

/**
 * The largest absolute value that each channel's sum of products can reach, all of one sign.
 * `weights` are channel by channel, `most` is the largest absolute value of an input less its zero
 * point.
 */
export function productBounds(
  weights: ArrayLike<number>,
  { channels, most }: { readonly channels: number; readonly most: number },
): number[] {
  const depth = weights.length / channels;
  return Array.from({ length: channels }, (_, channel) => {
    let total = 0;
    for (let i = channel * depth; i < (channel + 1) * depth; i++) total += Math.abs(weights[i]);
    return total * most;
  });
}

/** Elements of a constant of float32. */
export function floatsOf(tensor: Tensor): Float32Array {
  return constantValues(tensor) as Float32Array;
}
