// Exercise 4 of lesson 20: the rounding of TensorFlow Lite Micro, with integers of any length.
//
// Twice: halves go up when the high half of the product is taken (of negative products towards zero), and
// away from zero when it is shifted right.
//
// Run: deno run -A examples/solutions/requantize.ts
import { requantize } from "../../notebooks/exercises.ts";

export function solution(
  x: number,
  { multiplier, shift }: { readonly multiplier: number; readonly shift: number },
): number {
  const product = (BigInt(x) << BigInt(Math.max(0, shift))) * BigInt(multiplier);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  // BigInt's division cuts towards zero.
  const high = (product + nudge) / (1n << 31n);
  const right = BigInt(Math.max(0, -shift));
  if (right === 0n) return Number(high);
  const size = high < 0n ? -high : high;
  const rounded = (size + (1n << (right - 1n))) >> right;
  return Number(high < 0n ? -rounded : rounded);
}

if (import.meta.main) console.log(requantize(solution));
