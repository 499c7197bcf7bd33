import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant, partsOf } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import {
  highHalf,
  highHalfDoubled,
  lane,
  multipliedLanes,
  multiplyCode,
  roundingShift,
} from "./fixed_point_lanes.ts";
import {
  columnLoader,
  interleave,
  type Rescale,
  type RescaleOptions,
  withoutExtremes,
} from "./rescale.ts";
import { rescaleInDoubles } from "./rescale_in_doubles.ts";

/**
 * Rescaling in vectors of channels; lane by lane where sums or factors are too large for that.
 *
 * `high = (sum * multiplier + 2^30) >> 31`, in halves of 64-bit products. The rounding shift right
 * by `e` differs from lane to lane, and WebAssembly shifts all lanes alike: with `E` the largest
 * `e`, `high` is multiplied by `2^(E - e)` and shifted by `E`, which rounds the same: halves away
 * from zero, `(high + 2^(e - 1) - [high < 0]) >> e`. Where every `e` is above 0 the half is added
 * before the first shift, and the sign taken from the sum: it differs from that of `high` only where
 * `high` is 0, and then both give 0.
 */
export function prepareRescale(pool: ConstantPool, options: RescaleOptions): Rescale {
  const { lanes = 4 } = options;
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
  const groupBytes = 4 * lanes * columns.length;
  const load = columnLoader(lanes);

  return {
    groupBytes,
    constants: interleave(columns, lanes),
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

function laneByLane(
  factors: readonly QuantizedMultiplier[],
  bias: readonly number[],
  { isBiasElsewhere = false, lanes = 4 }: RescaleOptions,
): Rescale {
  const load = columnLoader(lanes);
  const columns = [
    ...isBiasElsewhere ? [] : [bias],
    factors.map(({ multiplier }) => multiplier),
    factors.map(({ shift }) => shift),
  ];
  const last = columns.length - 1;
  return {
    groupBytes: 4 * lanes * columns.length,
    constants: interleave(columns, lanes),
    weightFactor: 1,
    starts: bias,
    code: [multiplyCode],
    bias: (at) => load(at, 0),
    apply: (b, sums, at) => {
      const [multiplier, shift] = [
        b.let("factor", load(at, last - 1)),
        b.let("shift", load(at, last)),
      ];
      const [multipliers, shifts] = [multiplier, shift].map(partsOf);
      return sums.map((sum) => {
        const scaled = partsOf(sum).map((part, p) =>
          multipliedLanes(b, part, (i) => ({
            multiplier: lane(multipliers[p], i),
            shift: lane(shifts[p], i),
          }))
        );
        return scaled.length === 1 ? scaled[0] : b.let("q", apply("v128.join", scaled));
      });
    },
  };
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

function cutOff(b: KernelBuilder, x: Value, limit: Value): Value {
  const most = b.let("limit", limit);
  const low = apply("i32x4.max_s", [x, apply("i32x4.neg", [most])]);
  return b.let("q", apply("i32x4.min_s", [low, most]));
}
