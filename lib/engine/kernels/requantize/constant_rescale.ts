import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import {
  highHalf,
  highHalfDoubled,
  multipliedLanes,
  multiplyCode,
  roundingShift,
} from "./fixed_point_lanes.ts";

/** Multiplies int32, four a vector, by one factor. */
export interface ConstantRescale {
  /** Functions that the kernel must bring along. */
  readonly code: readonly KernelCode[];
  /** `multiplyByQuantizedMultiplier(x << preShift, factor)`, lane by lane. */
  readonly apply: (b: KernelBuilder, x: Value) => Value;
}

/**
 * A factor that is known when the code is made, for numbers of at most `bound` in absolute value
 * before they are shifted left.
 */
export function prepareConstantRescale(
  pool: ConstantPool,
  { factor: { multiplier, shift }, bound, preShift = 0 }: {
    readonly factor: QuantizedMultiplier;
    readonly bound: number;
    readonly preShift?: number;
  },
): ConstantRescale {
  const left = preShift + Math.max(0, shift);
  const right = Math.max(0, -shift);
  const most = bound * 2 ** left;
  const half = right > 0 ? 2 ** (right - 1) : 0;
  if (most >= 2 ** 31 || most * multiplier / 2 ** 31 + 1 + half >= 2 ** 31) {
    const lanes = (b: KernelBuilder, x: Value) =>
      multipliedLanes(b, shifted(x, preShift), () => ({ multiplier, shift }));
    return { code: [multiplyCode], apply: lanes };
  }
  const scale = (b: KernelBuilder, x: Value): Value => {
    if (multiplier === 2 ** 30 && left > right) return b.let("q", shifted(x, left - 1 - right));
    const doubles = most >= 2 ** 30;
    const twice = b.let("twice", shifted(x, doubles ? left : left + 1));
    const factor = pool.splat32(multiplier);
    const rounding = pool.splat64(2n ** 31n);
    const high = doubles
      ? highHalfDoubled(b, pool, { x: twice, factor })
      : highHalf(b, twice, { factor, low: rounding, high: rounding });
    return right === 0 ? high : roundingShift(b, pool, { x: high, bits: right });
  };
  return { code: [], apply: scale };
}

function shifted(x: Value, bits: number): Value {
  return bits === 0 ? x : apply("i32x4.shl", [x, constant(bits)]);
}
