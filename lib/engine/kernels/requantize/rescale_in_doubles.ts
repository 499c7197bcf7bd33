import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../../model/fixed_point.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { columnLoader, interleave, type Rescale, type RescaleOptions } from "./rescale.ts";

/**
 * Rescaling in float64 where results below 0 do not count, or null if it would not be exact.
 *
 * Above 0 both roundings of gemmlowp together are one: for `M = multiplier * 2^(-31 - e)` the result is
 * `floor(sum M + 1/2 + 2^(-e - 1))`, without the last term if e is 0. `sum M` has at most 53 bits. Added
 * to `1.5 * 2^20`, the integer part stands in the upper half of the float64, and what is rounded away
 * is less than 2^-32: that no sum comes that close below a result is checked here, result by result.
 *
 * Processors convert the lower half of a wide vector, not that of each part. There sums start from 2^31
 * more: seen as unsigned and put below the upper half of 2^52, each is a float64 from which 2^52 + 2^31
 * is subtracted.
 */
export function rescaleInDoubles(
  pool: ConstantPool,
  { factors, bias, bounds, isBiasElsewhere = false, largestResult, lanes = 4 }: RescaleOptions & {
    /** No sum is larger in absolute value, channel by channel. */
    readonly bounds: readonly number[];
  },
): Rescale | null {
  if (largestResult === undefined) return null;
  const isExact = factors.every((factor, c) => isExactFor(factor, bounds[c], largestResult));
  if (!isExact) return null;
  const scales = columnsOfDoubles(factors.map(scaleOf));
  const starts = columnsOfDoubles(factors.map((factor) => BASE + roundingOf(factor)));
  const first31 = lanes > 4 ? bias.map((start) => start + 2 ** 31) : bias;
  const columns = [...isBiasElsewhere ? [] : [first31], ...scales, ...starts];
  const first = isBiasElsewhere ? 0 : 1;
  const load = columnLoader(lanes);
  return {
    groupBytes: 4 * lanes * columns.length,
    constants: interleave(columns, lanes),
    weightFactor: 1,
    starts: first31,
    code: [],
    bias: (at) => load(at, 0),
    apply: (b, sums, at) => {
      const [scaleLow, scaleHigh] = [0, 1].map((i) => b.let("scale", load(at, first + i)));
      const [startLow, startHigh] = [2, 3].map((i) => b.let("start", load(at, first + i)));
      return sums.map((sum) => {
        const [lower, upper] = lanes > 4
          ? unsignedHalves(b, pool, sum)
          : [sum, apply("i8x16.shuffle", [sum, sum], UPPER_HALF)]
            .map((each) => apply("f64x2.convert_low_i32x4_s", [each]));
        const low = scaled(b, lower, { scale: scaleLow, start: startLow });
        const high = scaled(b, upper, { scale: scaleHigh, start: startHigh });
        const words = apply("i8x16.shuffle", [low, high], ODD_LANES);
        return b.let("q", apply("i32x4.sub", [words, pool.splat32(UPPER_WORD)]));
      });
    },
  };
}

const BASE = 1.5 * 2 ** 20;

/** The upper half of `BASE` as float64. */
const UPPER_WORD = 0x41380000;

const UPPER_HALF = Array.from({ length: 16 }, (_, i) => 8 + i % 8);
const ODD_LANES = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];

/** The product is exact, so it makes no difference whether the addition is fused with it. */
function scaled(
  b: KernelBuilder,
  sum: Value,
  { scale, start }: { readonly scale: Value; readonly start: Value },
): Value {
  return b.let("scaled", apply("f64x2.relaxed_madd", [sum, scale, start]));
}

/** Sums plus 2^31 as float64: lanes 0 and 1 of each part, and lanes 2 and 3. */
function unsignedHalves(b: KernelBuilder, pool: ConstantPool, sum: Value): Value[] {
  const upperWords = pool.splat32(0x43300000);
  const more = pool.vector(new Float64Array(2).fill(2 ** 52 + 2 ** 31));
  return [LOWER_LANES, UPPER_LANES].map((lanes) => {
    const whole = apply("i8x16.shuffle", [sum, upperWords], lanes);
    return b.let("real", apply("f64x2.sub", [whole, more]));
  });
}

/** Words of two vectors in turn. */
const LOWER_LANES = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const UPPER_LANES = LOWER_LANES.map((byte) => byte + 8);

function scaleOf({ multiplier, shift }: QuantizedMultiplier): number {
  return multiplier * 2 ** (shift - 31);
}

function roundingOf({ shift }: QuantizedMultiplier): number {
  return shift < 0 ? 0.5 + 2 ** (shift - 1) : 0.5;
}

function isExactFor(factor: QuantizedMultiplier, bound: number, largestResult: number): boolean {
  const { multiplier, shift } = factor;
  const [scale, rounding] = [scaleOf(factor), roundingOf(factor)];
  const odd = multiplier === 0 ? 0 : multiplier / (multiplier & -multiplier);
  if (shift < -31 || bound * odd > 2 ** 53 || bound * scale >= 2 ** 18) return false;
  const perResult = 1 / scale;
  const nearness = 2 ** -32 * perResult + 2 ** -20;
  const last = Math.min(largestResult, bound * scale + rounding);
  for (let result = 1; result <= last; result++) {
    const sum = (result - rounding) * perResult;
    const nearest = Math.floor(sum + 0.5);
    if (Math.abs(sum - nearest) > nearness) continue;
    for (const x of [nearest - 1, nearest, nearest + 1]) {
      const isReached = multiplyByQuantizedMultiplier(x, factor) >= result;
      if (Math.floor(x * scale + (BASE + rounding) - BASE) >= result !== isReached) return false;
    }
  }
  return true;
}

/** A float64 for every channel as columns of int32: those of lanes 0, 1 and of lanes 2, 3. */
function columnsOfDoubles(values: readonly number[]): readonly (readonly number[])[] {
  const words = new Int32Array(Float64Array.from(values).buffer);
  const padded = Math.ceil(values.length / 4) * 4;
  return [0, 4].map((first) =>
    Array.from({ length: padded }, (_, c) => words[(c >> 2) * 8 + first + (c & 3)] ?? 0)
  );
}
