import type { KernelCode, Region, Value } from "../../codegen/kernel/kernel.ts";
import type { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { apply, constant, type Operand } from "../../codegen/kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import type { ConstantPool } from "../constant_pool.ts";
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
  /** The sum to start from: the bias. */
  readonly bias: (at: GroupAt) => Value;
  /**
   * The rescaled sums of one group of channels, without the zero point: gemmlowp's double rounding,
   * exactly as `multiplyByQuantizedMultiplier`.
   */
  readonly apply: (b: KernelBuilder, sums: readonly Value[], at: GroupAt) => Value[];
}

/** Where the constants of a group are. */
export interface GroupAt {
  readonly region: Region;
  readonly address: Value;
  readonly offsetBytes: number;
}

/** What is known of the sums. */
export interface RescaleOptions {
  /** One for every channel. */
  readonly factors: readonly QuantizedMultiplier[];
  /** Start of every sum, bias included. */
  readonly bias: readonly number[];
  /** No sum of products, bias left out, is larger in absolute value, channel by channel. */
  readonly products: readonly number[];
  /** Whether the kernel can double its weights, which saves doubling the sums. */
  readonly mayDoubleWeights?: boolean;
}

/**
 * Rescaling in vectors of four channels; lane by lane where sums or factors are too large for that.
 *
 * `high = (sum * multiplier + 2^30) >> 31`, in halves of 64-bit products. The rounding shift right
 * by `e` differs from lane to lane, and WebAssembly shifts all lanes alike: with `E` the largest
 * `e`, `high` is multiplied by `2^(E - e)` and shifted by `E`, which rounds the same.
 */
export function prepareRescale(pool: ConstantPool, options: RescaleOptions): Rescale {
  const { factors, bias, bounds } = withoutExtremes(options);
  const left = factors.map(({ shift }) => Math.max(0, shift));
  const right = factors.map(({ shift }) => Math.max(0, -shift));
  const most = Math.max(0, ...right);
  const lift = right.map((e) => 2 ** (most - e));
  const shifted = bounds.map((bound, c) => bound * 2 ** left[c]);
  if (shifted.some((bound) => bound >= 2 ** 31)) return laneByLane(factors, bias);
  const fitsDoubled = shifted.every((bound) => bound < 2 ** 30);
  const lifted = shifted.map((bound, c) => (bound * factors[c].multiplier / 2 ** 31 + 1) * lift[c]);
  const half = most > 0 ? 2 ** (most - 1) : 0;
  // Where the lifted value could overflow it is cut off first, far beyond what the output can hold.
  const isCut = lifted.some((bound) => bound + half >= 2 ** 31);
  if (isCut && most > 20) return laneByLane(factors, bias);
  const cut = lift.map((factor) => Math.floor(2 ** 30 / factor));

  const hasLeft = left.some((s) => s > 0);
  const hasLift = lift.some((factor) => factor !== 1);
  const weightFactor = fitsDoubled && options.mayDoubleWeights ? 2 : 1;
  const columns: (readonly number[])[] = [
    bias.map((start) => start * weightFactor),
    factors.map(({ multiplier }) => multiplier),
  ];
  const column = (values: readonly number[]) => columns.push(values) - 1;
  const leftColumn = hasLeft ? column(left.map((s) => 2 ** s)) : 0;
  const liftColumn = hasLift ? column(lift) : 0;
  const cutColumn = isCut ? column(cut) : 0;
  const groupBytes = 16 * columns.length;

  return {
    groupBytes,
    constants: interleave(columns),
    weightFactor,
    code: [],
    bias: (at) => load(at, 0),
    apply: (b, sums, at) => {
      const factor = b.let("factor", load(at, 1));
      const leftFactor = hasLeft ? b.let("left", load(at, leftColumn)) : null;
      const liftFactor = hasLift ? b.let("lift", load(at, liftColumn)) : null;
      return sums.map((sum) => {
        const x = leftFactor ? b.let("x", apply("i32x4.mul", [sum, leftFactor])) : sum;
        const twice = weightFactor === 2
          ? x
          : fitsDoubled
          ? b.let("twice", apply("i32x4.add", [x, x]))
          : null;
        const high = highHalf(b, pool, { x: twice ?? x, factor, doubles: twice === null });
        if (most === 0) return high;
        const limited = isCut ? cutOff(b, high, load(at, cutColumn)) : high;
        const q = liftFactor ? b.let("q", apply("i32x4.mul", [limited, liftFactor])) : limited;
        return roundingShift(b, pool, { x: q, bits: most });
      });
    },
  };
}

/**
 * The same results with milder factors: channels that are always 0, and dead ones (no weights but 0),
 * whose result is known, often ask for extreme shifts.
 */
function withoutExtremes({ factors, bias, products }: RescaleOptions): {
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
    if (isZero[c]) return { factor: { multiplier: 0, shift: 0 }, start: 0 };
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

function laneByLane(factors: readonly QuantizedMultiplier[], bias: readonly number[]): Rescale {
  const columns = [
    bias,
    factors.map(({ multiplier }) => multiplier),
    factors.map(({ shift }) => shift),
  ];
  return {
    groupBytes: 16 * columns.length,
    constants: interleave(columns),
    weightFactor: 1,
    code: [multiplyCode],
    bias: (at) => load(at, 0),
    apply: (b, sums, at) => {
      const [multiplier, shift] = [b.let("factor", load(at, 1)), b.let("shift", load(at, 2))];
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

/** Columns of int32, one for each channel, as vectors of four channels side by side. */
function interleave(columns: readonly (readonly number[])[]): Uint8Array {
  const channels = columns[0].length;
  const values = new Int32Array(Math.ceil(channels / 4) * columns.length * 4);
  for (let c = 0; c < channels; c++) {
    columns.forEach((each, i) => {
      values[((c >> 2) * columns.length + i) * 4 + (c & 3)] = each[c];
    });
  }
  return new Uint8Array(values.buffer);
}

function load({ region, address, offsetBytes }: GroupAt, index: number): Value {
  return {
    kind: "load",
    type: "v128",
    op: "v128.load",
    region,
    address,
    offsetBytes: offsetBytes + 16 * index,
  };
}

/** `(x * factor + 2^31) >> 32`, or the same of `2 x` where doubling could overflow 32 bits. */
export function highHalf(
  b: KernelBuilder,
  pool: ConstantPool,
  { x, factor, doubles }: { readonly x: Value; readonly factor: Value; readonly doubles: boolean },
): Value {
  const half = pool.splat64(doubles ? 2n ** 30n : 2n ** 31n);
  const product = (part: "low" | "high"): Value => {
    const rounded = apply("i64x2.add", [apply(`i64x2.extmul_${part}_i32x4_s`, [x, factor]), half]);
    return doubles ? apply("i64x2.shl", [rounded, constant(1)]) : rounded;
  };
  const low = b.let("low", product("low"));
  const high = b.let("high", product("high"));
  return b.let("q", apply("i8x16.shuffle", [low, high], ODD_LANES));
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
