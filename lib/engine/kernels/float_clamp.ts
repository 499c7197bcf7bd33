import type { Value } from "../../kernel/kernel.ts";
import { apply } from "../../kernel/values.ts";
import type { ConstantPool } from "../constant_pool.ts";

/**
 * The numbers of `[min, max]` nearest to four of float32; NaN stays, and -0 where 0 is allowed.
 * `pmax` and `pmin` are one instruction each where `max` and `min` are eight.
 */
export function clampFloats(
  pool: ConstantPool,
  x: Value,
  { min, max }: { readonly min: number; readonly max: number },
): Value {
  const low = min === -Infinity ? x : apply("f32x4.pmax", [x, pool.splatF32(min)]);
  return max === Infinity ? low : apply("f32x4.pmin", [low, pool.splatF32(max)]);
}
