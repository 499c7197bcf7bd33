import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, max, min } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import { withoutExtremes } from "../requantize/rescale.ts";

/**
 * How sums become results:
 * - `positive`: results below the zero point are cut off, so that they may come out as any other;
 * - `signed`: all count;
 * - `any`: some shift is one to the left, or results are too large for the others.
 */
export type FinishStyle = "positive" | "signed" | "any";

/** How a layer's sums are finished: what its code depends on, and a channel's numbers. */
export interface SumFinish {
  readonly style: FinishStyle;
  /** Bits by which products are shifted left so that the shift to the right is by 2 at least. */
  readonly lift: number;
  /** What names of functions that finish sums in this way end with. */
  readonly key: string;
  /** The least and the largest result; null: those of int8. */
  readonly range: { readonly min: number; readonly max: number } | null;
  /** Words of constants of a channel, its start left out. */
  readonly words: number;
  /** Whether the shift lies in the lowest 5 bits of the word of the start, which saves one. */
  readonly isPacked: boolean;
  /** What each channel's sum starts from. */
  readonly starts: readonly number[];
  /** The word from which a channel's sum starts, the shift in it if that is so. */
  readonly startWord: (channel: number) => number;
  /** A channel's constants. */
  readonly wordsOf: (channel: number) => readonly number[];
}

/** Numbers of a layer by which its sums are finished. */
export interface FinishOptions {
  readonly factors: readonly QuantizedMultiplier[];
  readonly bias: readonly number[];
  /** No sum of products is larger in absolute value. */
  readonly products: readonly number[];
  readonly outputZero: number;
  readonly range: { readonly min: number; readonly max: number };
  /** Whether shifts may be packed with starts. */
  readonly mayPack?: boolean;
}

/** What of a finish code depends on. */
export type FinishCode = Pick<
  SumFinish,
  "style" | "lift" | "range" | "words" | "key" | "isPacked"
>;

/** Which code finishes the sums of a layer. */
export function prepareFinish(
  { factors: given, bias: sums, products, outputZero, range, mayPack = false }: FinishOptions,
): SumFinish {
  const { factors, bias, bounds } = withoutExtremes({ factors: given, bias: sums, products });
  const shifts = factors.flatMap(({ multiplier, shift }) => multiplier === 0 ? [] : [-shift]);
  const lift = Math.max(0, 2 - Math.min(...shifts));
  const fits = lift === 0 || factors.every(({ multiplier }, c) => (
    (bounds[c] * multiplier / 2 ** 31 + 1) * 2 ** lift < 2 ** 31
  ));
  const isShort = lift <= 2 && fits && shifts.every((shift) => shift + lift <= 31);
  const style = !isShort ? "any" : range.min >= outputZero ? "positive" : "signed";
  const isInt8 = range.min === -128 && range.max === 127;
  const isPacked = mayPack && isShort && bias.every((start) => Math.abs(start) < 2 ** 26);
  const bitsOf = ({ multiplier, shift }: QuantizedMultiplier) => (
    multiplier === 0 ? 0 : 32 + shift - lift
  );
  const text = (value: number) => String(value).replace("-", "m");
  const key = [
    style,
    ...isShort && lift > 0 ? [`lift${lift}`] : [],
    ...isPacked ? ["packed"] : [],
    ...isInt8 ? [] : [text(range.min), text(range.max)],
  ];
  return {
    style,
    lift: isShort ? lift : 0,
    key: key.join("_"),
    range: isInt8 ? null : range,
    words: style === "any" ? 4 : isPacked ? 1 : 2,
    isPacked,
    starts: bias,
    startWord: (channel) => {
      const start = bias[channel];
      return isPacked ? start * 32 + bitsOf(factors[channel]) : start;
    },
    wordsOf: (channel) => {
      const { multiplier, shift } = factors[channel];
      // With no factor all results are 0 (see `withoutExtremes`), whatever the sum: products with
      // 2^0 or 0 round to 0; in style `any` the product is of one bit less, and with a mask of -1
      // the rounding shift takes back its sign.
      if (multiplier === 0) {
        return style === "any" ? [-(2 ** 31), 0, 31, -1] : isPacked ? [0] : [0, 0];
      }
      // Where nothing is shifted right, results of up to 2^31 - 2^8 leave room for the zero point;
      // x below 2^22 are their own results with all larger factors, others are cut off.
      const most = shift < 0 ? 2 ** 31 : 2 ** 31 - 2 ** 8;
      const doubled = 2 * Math.min(multiplier, most) - 2 ** 32;
      const [left, right] = [Math.max(0, shift), Math.max(0, -shift)];
      if (style === "any") return [doubled, left, right, 2 ** right - 1];
      return isPacked ? [doubled] : [doubled, 2 ** bitsOf(factors[channel])];
    },
  };
}

/** Start and shift of a channel from their word; null: the shift has a word of its own. */
export function unpackStart(
  b: KernelBuilder,
  { isPacked }: Pick<SumFinish, "isPacked">,
  word: Value,
): { readonly start: Value; readonly shift: Value | null } {
  if (!isPacked) return { start: word, shift: null };
  const bits = b.let("bits", apply("i32.and", [word, 31]));
  return {
    start: b.let("start", apply("i32.shr_s", [word, 5])),
    shift: b.let("shift", apply("i32.shl", [1, bits])),
  };
}

/**
 * A sum as a result, rounded twice as gemmlowp does. The first product, `(x m + 2^30) >> 31`, is
 * `x + round(x (2 m - 2^32) / 2^32)`, the rounding shift by `e` a product with `2^(32 - e)`; halves of
 * negative numbers go down, for which these lose 1 before, unless they are cut off anyway. With a lift
 * of `l` bits the 1 is lost behind it: `(2^l x - 1 + 2^(e + l - 1)) >> (e + l)` is
 * `(x - 1 + 2^(e - 1)) >> e`, and x itself where e is 0 and there is nothing to round.
 */
export function finishSum(
  b: KernelBuilder,
  { style, lift, range }: Pick<SumFinish, "style" | "lift" | "range">,
  { sum, words: [factor, ...shifts], zero }: {
    readonly sum: Value;
    readonly words: readonly Value[];
    readonly zero: Value;
  },
): Value {
  const clamp = (value: Value): Value => {
    const result = b.let("q", apply("i32.saturate8_s", [value]));
    if (range === null) return result;
    const low = range.min === -128 ? result : b.let("q", max(result, range.min));
    return range.max === 127 ? low : b.let("q", min(low, range.max));
  };
  const high = (x: Value) => b.let("high", apply("i32.mulh_round_add", [x, factor, x]));
  if (style === "any") {
    const [left, right, mask] = shifts;
    const product = high(b.let("x", apply("i32.shl", [sum, left])));
    const rest = b.let("rest", apply("i32.and", [product, mask]));
    const sign = apply("i32.shr_u", [product, 31]);
    const threshold = b.let("threshold", add(apply("i32.shr_u", [mask, 1]), sign));
    const up = b.let("up", apply("i32.gt_s", [rest, threshold]));
    const shifted = b.let("shifted", apply("i32.shr_s", [product, right]));
    return clamp(add(b.let("rounded", add(shifted, up)), zero));
  }
  const product = high(sum);
  const lifted = lift === 0 ? product : b.let("lifted", apply("i32.shl", [product, lift]));
  const lowered = style === "positive"
    ? lifted
    : b.let("lowered", add(lifted, apply("i32.shr_s", [product, 31])));
  return clamp(b.let("q", apply("i32.mulh_round_add", [lowered, shifts[0], zero])));
}
