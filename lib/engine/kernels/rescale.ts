import type { KernelCode, Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, constant, type Operand } from "../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import type { ConstantPool } from "../constant_pool.ts";
import { type GroupAt, interleave, load } from "./rescale_columns.ts";
import { rescaleInDoubles } from "./rescale_in_doubles.ts";
import { multiplied, multiplyCode } from "./multiply_by_quantized_multiplier.ts";

/** Turns sums of int32 into the output's scale, four channels at a time. */
export interface Rescale {
  /** Bytes of constants for four channels: bias, multiplier, and what else the factors need. */
  readonly groupBytes: number;
  /** The constants of all channels, one group of four after the other. */
  readonly constants: Uint8Array;
  /** 2: the kernel is to use weights twice as large, so that sums come doubled; else 1. */
  readonly weightFactor: 1 | 2;
  /** Functions that the kernel must bring along. */
  readonly code: readonly KernelCode[];
  /** The sum to start from of every channel: the bias, times `weightFactor`. */
  readonly starts: readonly number[];
  /** The same from memory, unless biases lie elsewhere. */
  readonly bias: (at: GroupAt) => Value;
  /**
   * The rescaled sums of one group of channels, without the zero point: gemmlowp's double rounding,
   * exactly as `multiplyByQuantizedMultiplier`.
   */
  readonly apply: (b: KernelBuilder, sums: readonly Value[], at: GroupAt) => Value[];
}

/** What is known of the sums. */
export interface RescaleOptions {
  /** One for every channel. */
  readonly factors: readonly QuantizedMultiplier[];
  /** Start of every sum, bias included. */
  readonly bias: readonly number[];
  /** No sum of products, bias left out, is larger in absolute value, channel by channel. */
  readonly products: readonly number[];
  /** Whether biases are kept elsewhere than with the other constants. */
  readonly isBiasElsewhere?: boolean;
  /** Whether the kernel can double its weights, which saves doubling the sums. */
  readonly mayDoubleWeights?: boolean;
  /**
   * Where the output holds no results below 0: the largest that it tells from the next one. Those
   * below 0 may come out as any other then.
   */
  readonly largestResult?: number;
}

/**
 * Rescaling in vectors of four channels; lane by lane where sums or factors are too large for that.
 *
 * `high = (sum * multiplier + 2^30) >> 31`, in halves of 64-bit products. The rounding shift right
 * by `e` differs from lane to lane, and WebAssembly shifts all lanes alike: with `E` the largest
 * `e`, `high` is multiplied by `2^(E - e)` and shifted by `E`, which rounds the same: halves away
 * from zero, `(high + 2^(e - 1) - [high < 0]) >> e`. Where every `e` is above 0 the half is added
 * before the first shift, and the sign taken from the sum: it differs from that of `high` only where
 * `high` is 0, and then both give 0.
 */
export function prepareRescale(pool: ConstantPool, options: RescaleOptions): Rescale {
  const { factors, bias, bounds } = withoutExtremes(options);
  const left = factors.map(({ shift }) => Math.max(0, shift));
  const right = factors.map(({ shift }) => Math.max(0, -shift));
  const most = Math.max(0, ...right);
  const lift = right.map((e) => 2 ** (most - e));
  const shifted = bounds.map((bound, c) => bound * 2 ** left[c]);
  if (shifted.some((bound) => bound >= 2 ** 31)) return laneByLane(factors, bias, options);
  const inDoubles = rescaleInDoubles(pool, { ...options, factors, bias, bounds });
  if (inDoubles !== null) return inDoubles;
  const fitsDoubled = shifted.every((bound) => bound < 2 ** 30);
  const lifted = shifted.map((bound, c) => (bound * factors[c].multiplier / 2 ** 31 + 1) * lift[c]);
  const half = most > 0 ? 2 ** (most - 1) : 0;
  // Where the lifted value could overflow it is cut off first, far beyond what the output can hold.
  const isCut = lifted.some((bound) => bound + half >= 2 ** 31);
  if (isCut && most > 20) return laneByLane(factors, bias, options);
  const cut = lift.map((factor) => Math.floor(2 ** 30 / factor));

  const hasLeft = left.some((s) => s > 0);
  const hasLift = lift.some((factor) => factor !== 1);
  const weightFactor = fitsDoubled && options.mayDoubleWeights ? 2 : 1;
  const starts = bias.map((start) => start * weightFactor);
  const columns: (readonly number[])[] = options.isBiasElsewhere ? [] : [starts];
  const column = (values: readonly number[]) => columns.push(values) - 1;
  const factorColumn = column(factors.map(({ multiplier }) => multiplier));
  const leftColumn = hasLeft ? column(left.map((s) => 2 ** s)) : 0;
  const liftColumn = hasLift ? column(lift) : 0;
  const isEarly = fitsDoubled && right.every((e) => e > 0);
  const roundings = isEarly && hasLift ? roundingVectors(right).map(column) : null;
  const cutColumn = isCut ? column(cut) : 0;
  const groupBytes = 16 * columns.length;

  return {
    groupBytes,
    constants: interleave(columns),
    weightFactor,
    starts,
    code: [],
    bias: (at) => load(at, 0),
    apply: (b, sums, at) => {
      const factor = b.let("factor", load(at, factorColumn));
      const leftFactor = hasLeft ? b.let("left", load(at, leftColumn)) : null;
      const liftFactor = hasLift ? b.let("lift", load(at, liftColumn)) : null;
      const cutTo = (x: Value) => isCut ? cutOff(b, x, load(at, cutColumn)) : x;
      const liftOf = (x: Value) => liftFactor ? apply("i32x4.mul", [x, liftFactor]) : x;
      const [low, high] = roundings?.map((index) => b.let("rounding", load(at, index))) ??
        new Array<Value>(2).fill(pool.splat64(2n ** 31n + BigInt(isEarly ? half : 0) * 2n ** 32n));
      return sums.map((sum) => {
        const x = leftFactor ? b.let("x", apply("i32x4.mul", [sum, leftFactor])) : sum;
        const twice = weightFactor === 2
          ? x
          : fitsDoubled
          ? b.let("twice", apply("i32x4.add", [x, x]))
          : null;
        if (isEarly) {
          const q = highHalf(b, twice!, { factor, low, high });
          const sign = apply("i32x4.shr_s", [twice!, constant(31)]);
          const rounded = cutTo(b.let("q", apply("i32x4.add", [q, sign])));
          return b.let("q", apply("i32x4.shr_s", [liftOf(rounded), constant(most)]));
        }
        const exact = twice === null
          ? highHalfDoubled(b, pool, { x, factor })
          : highHalf(b, twice, { factor, low, high });
        if (most === 0) return exact;
        const q = b.let("q", liftOf(cutTo(exact)));
        return roundingShift(b, pool, { x: q, bits: most });
      });
    },
  };
}

/**
 * The same results with milder factors: channels that are always 0, and dead ones (no weights but 0),
 * whose result is known, often ask for extreme shifts.
 */
export function withoutExtremes(
  { factors, bias, products }: Pick<RescaleOptions, "factors" | "bias" | "products">,
): {
  readonly factors: readonly QuantizedMultiplier[];
  readonly bias: readonly number[];
  readonly bounds: readonly number[];
} {
  const bounds = products.map((product, c) => product + Math.abs(bias[c]));
  const isZero = factors.map(({ multiplier, shift }, c) => (
    shift < 0 && bounds[c] * multiplier / 2 ** 31 + 1 < 2 ** (-shift - 1)
  ));
  const living = factors.filter((_, c) => products[c] > 0 && !isZero[c]);
  const shift = Math.max(0, ...living.map((factor) => -factor.shift));
  const mild = factors.map((factor, c) => {
    if (isZero[c]) return { factor: { multiplier: 0, shift: -shift }, start: 0 };
    if (products[c] > 0 || shift > 20) return { factor, start: bias[c] };
    const result = multiplyByQuantizedMultiplier(bias[c] | 0, factor);
    // result * 2^(shift + 1) * 2^30 / 2^31 / 2^shift, far beyond int8 at the most.
    const start = Math.max(-512, Math.min(512, result)) * 2 ** (shift + 1);
    return { factor: { multiplier: 2 ** 30, shift: shift === 0 ? 0 : -shift }, start };
  });
  return {
    factors: mild.map(({ factor }) => factor),
    bias: mild.map(({ start }) => start),
    bounds: mild.map(({ start }, c) => products[c] + Math.abs(start)),
  };
}

function laneByLane(
  factors: readonly QuantizedMultiplier[],
  bias: readonly number[],
  { isBiasElsewhere = false }: RescaleOptions,
): Rescale {
  const columns = [
    ...isBiasElsewhere ? [] : [bias],
    factors.map(({ multiplier }) => multiplier),
    factors.map(({ shift }) => shift),
  ];
  const last = columns.length - 1;
  return {
    groupBytes: 16 * columns.length,
    constants: interleave(columns),
    weightFactor: 1,
    starts: bias,
    code: [multiplyCode],
    bias: (at) => load(at, 0),
    apply: (b, sums, at) => {
      const [multiplier, shift] = [
        b.let("factor", load(at, last - 1)),
        b.let("shift", load(at, last)),
      ];
      return sums.map((sum) => (
        multipliedLanes(b, sum, (i) => ({ multiplier: lane(multiplier, i), shift: lane(shift, i) }))
      ));
    },
  };
}

/** Every lane multiplied by its own factor, in a function. */
export function multipliedLanes(
  b: KernelBuilder,
  value: Value,
  factorOf: (lane: number) => { readonly multiplier: Operand; readonly shift: Operand },
): Value {
  const x = b.let("x", value);
  const scaled = (i: number) => {
    const { multiplier, shift } = factorOf(i);
    return multiplied(lane(x, i), multiplier, shift);
  };
  const q = b.let("q", apply("i32x4.splat", [scaled(0)]));
  for (const i of [1, 2, 3]) b.set(q, apply("i32x4.replace_lane", [q, scaled(i)], [i]));
  return q;
}

function lane(vector: Value, i: number): Value {
  return apply("i32x4.extract_lane", [vector], [i]);
}

/** `(x * factor + rounding) >> 32`, the roundings of lanes 0, 1 and 2, 3 as int64. */
export function highHalf(
  b: KernelBuilder,
  x: Value,
  { factor, low, high }: { readonly factor: Value; readonly low: Value; readonly high: Value },
): Value {
  const product = (part: "low" | "high", rounding: Value): Value =>
    apply("i64x2.add", [apply(`i64x2.extmul_${part}_i32x4_s`, [x, factor]), rounding]);
  const halves = [b.let("low", product("low", low)), b.let("high", product("high", high))];
  return b.let("q", apply("i8x16.shuffle", halves, ODD_LANES));
}

/** `(2 x * factor + 2^31) >> 32` where doubling could overflow 32 bits. */
export function highHalfDoubled(
  b: KernelBuilder,
  pool: ConstantPool,
  { x, factor }: { readonly x: Value; readonly factor: Value },
): Value {
  const product = (part: "low" | "high"): Value => {
    const exact = apply(`i64x2.extmul_${part}_i32x4_s`, [x, factor]);
    return apply("i64x2.shl", [
      apply("i64x2.add", [exact, pool.splat64(2n ** 30n)]),
      constant(1),
    ]);
  };
  const halves = [b.let("low", product("low")), b.let("high", product("high"))];
  return b.let("q", apply("i8x16.shuffle", halves, ODD_LANES));
}

/**
 * For every four channels `2^31 + 2^32 * 2^(e - 1)` as int64, the roundings of both shifts at once:
 * columns of lanes 0, 1 and of lanes 2, 3.
 */
function roundingVectors(right: readonly number[]): readonly (readonly number[])[] {
  const halfAt = (channel: number) => 2 ** ((right[channel] ?? 1) - 1);
  const column = (first: number) =>
    Array.from({ length: Math.ceil(right.length / 4) * 4 }, (_, c) => (
      c % 2 === 0 ? -(2 ** 31) : halfAt(c - c % 4 + first + (c % 4 - 1) / 2)
    ));
  return [column(0), column(2)];
}

/** `round(x / 2^bits)`, halves away from zero, where adding half does not overflow. */
export function roundingShift(
  b: KernelBuilder,
  pool: ConstantPool,
  { x, bits }: { readonly x: Value; readonly bits: number },
): Value {
  const sign = apply("i32x4.shr_s", [x, constant(31)]);
  const rounded = apply("i32x4.add", [
    apply("i32x4.add", [x, pool.splat32(2 ** (bits - 1))]),
    sign,
  ]);
  return b.let("q", apply("i32x4.shr_s", [rounded, constant(bits)]));
}

const ODD_LANES = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];

function cutOff(b: KernelBuilder, x: Value, limit: Value): Value {
  const most = b.let("limit", limit);
  const low = apply("i32x4.max_s", [x, apply("i32x4.neg", [most])]);
  return b.let("q", apply("i32x4.min_s", [low, most]));
}
