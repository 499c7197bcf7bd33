import type { Value } from "../../kernel/kernel.ts";
import { apply } from "../../kernel/values.ts";
import type { ConstantPool } from "../constant_pool.ts";

/**
 * Up to four vectors of int32 as 16 elements of int8: zero point added, saturated, clamped to `range`.
 * With fewer vectors the last one is repeated.
 */
export function narrowToInt8(
  pool: ConstantPool,
  vectors: readonly Value[],
  { zeroPoint, range }: {
    readonly zeroPoint: number;
    readonly range: { readonly min: number; readonly max: number };
  },
): Value {
  const halves: Value[] = [];
  for (let v = 0; v < vectors.length; v += 2) {
    const narrow = apply("i16x8.narrow_i32x4_s", [vectors[v], vectors[v + 1] ?? vectors[v]]);
    halves.push(
      zeroPoint === 0 ? narrow : apply("i16x8.add_sat_s", [narrow, pool.splat16(zeroPoint)]),
    );
  }
  const bytes = apply("i8x16.narrow_i16x8_s", [halves[0], halves[1] ?? halves[0]]);
  return clampInt8(pool, bytes, range);
}

/** Elements of int8 clamped to `range`. */
export function clampInt8(
  pool: ConstantPool,
  bytes: Value,
  { min, max }: { readonly min: number; readonly max: number },
): Value {
  const raised = min > -128 ? apply("i8x16.max_s", [bytes, pool.splat8(min)]) : bytes;
  return max < 127 ? apply("i8x16.min_s", [raised, pool.splat8(max)]) : raised;
}
