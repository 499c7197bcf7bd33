import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import type { FinishOptions } from "../dsp/finish_sums.ts";
import { withoutExtremes } from "../requantize/rescale.ts";

/**
 * How vectors of sums become results:
 * - `positive`: results below the zero point are cut off, so that they may come out as any other;
 * - `signed`: all count, and all are shifted to the right;
 * - `any`: some are shifted to the left, or not at all.
 */
type VectorStyle = "positive" | "signed" | "any";

/** What code that finishes sums depends on. */
export interface VectorFinish {
  readonly style: VectorStyle;
  /** The least and the largest result; null: those of int8. */
  readonly range: { readonly min: number; readonly max: number } | null;
  /** What names of functions that finish sums in this way end with. */
  readonly key: string;
  /** Constants of a channel: bias, in style `any` a power of two, factor, shift, in `any` whether it is one. */
  readonly words: number;
}

/** The same, with the constants of channels. */
export interface PreparedVectorFinish extends VectorFinish {
  readonly wordsOf: (channel: number) => readonly number[];
}

/** Which code finishes the sums of a layer. */
export function prepareVectorFinish(
  { factors: given, bias: sums, products, outputZero, range }: FinishOptions,
): PreparedVectorFinish {
  const { factors, bias } = withoutExtremes({ factors: given, bias: sums, products });
  const shifts = factors.flatMap(({ multiplier, shift }) => multiplier === 0 ? [] : [shift]);
  const isPositive = range.min >= outputZero && shifts.every((shift) => shift <= 0);
  const style = isPositive ? "positive" : shifts.every((shift) => shift < 0) ? "signed" : "any";
  const isInt8 = range.min === -128 && range.max === 127;
  const text = (value: number) => String(value).replace("-", "m");
  return {
    style,
    range: isInt8 ? null : range,
    key: [style, ...isInt8 ? [] : [text(range.min), text(range.max)]].join("_"),
    words: style === "any" ? 5 : 3,
    wordsOf: (channel) => {
      const { multiplier, shift } = factors[channel];
      const [start, left, right] = [bias[channel], Math.max(0, shift), Math.min(0, shift)];
      if (multiplier === 0) return style === "any" ? [start, 1, 0, 0, 0] : [start, 0, -1];
      if (style !== "any") return [start, multiplier, right];
      return [start, 2 ** left | 0, multiplier, right, right < 0 ? 1 : 0];
    },
  };
}

/**
 * A vector of sums as results without zero point, rounded twice as gemmlowp does: the
 * upper half of the doubled product, then the shift to the right; halves of negative numbers go down,
 * for which these lose 1 before, unless they are cut off anyway. Constants are vectors.
 */
export function finishVector(
  b: KernelBuilder,
  { style }: Pick<VectorFinish, "style">,
  { sums, constantAt }: { readonly sums: Value; readonly constantAt: (index: number) => Value },
): Value {
  const v = b.let("v", sums);
  if (style === "any") b.set(v, apply("i32x4.mul", [v, constantAt(1)]));
  b.set(v, apply("i32x4.q31mulr_sat_s", [v, constantAt(style === "any" ? 2 : 1)]));
  if (style !== "positive") {
    const sign = b.let("sign", apply("i32x4.shr_s", [v, 31]));
    if (style === "any") b.set(sign, apply("i32x4.mul", [sign, constantAt(4)]));
    b.set(v, apply("i32x4.add", [v, sign]));
  }
  b.set(v, apply("i32x4.shl_round_s", [v, constantAt(style === "any" ? 3 : 2)]));
  return v;
}
