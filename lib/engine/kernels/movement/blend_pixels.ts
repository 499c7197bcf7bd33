import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";

/** Shares of the lower and the upper of two pixels, as products take them. */
export interface Shares {
  readonly near: Value;
  readonly far: Value;
  /** Both side by side as int16, where pairs are multiplied; null: they are not. */
  readonly pair: Value | null;
}

/** How elements of four pixels become one: see `interpolate`. */
export interface Blend {
  /** Channels at a time. */
  readonly lanes: number;
  readonly elementBytes: number;
  /** Shares from where they lie. */
  readonly weights: (b: KernelBuilder, near: At, far: At) => Shares;
  /** Blends some channels, `lanes` at most. */
  readonly emit: (
    b: KernelBuilder,
    place: {
      /** `[row][column]`. */
      readonly corners: readonly (readonly At[])[];
      readonly shares: readonly [down: Shares, right: Shares];
      readonly to: At;
      readonly count: number;
    },
  ) => void;
}

/** Scalars or vectors of a type. */
export function blendOf(
  { isFloat, isVector }: { readonly isFloat: boolean; readonly isVector: boolean },
): Blend {
  if (isFloat) return isVector ? floatVectors : floatScalars;
  return isVector ? byteVectors : byteScalars;
}

/** The order of float32 products and sums. */
function blendFloats(
  b: KernelBuilder,
  type: "f32" | "f32x4",
  { corners: [[c00, c01], [c10, c11]], shares: [down, right], zero }: {
    readonly corners: readonly (readonly Value[])[];
    readonly shares: readonly [down: Shares, right: Shares];
    readonly zero: Value;
  },
): Value {
  const product = (x: Value, by: Value) => apply(`${type}.mul`, [x, by]);
  const share = (x: Value, vertical: Value, horizontal: Value) =>
    product(product(x, vertical), horizontal);
  const sum = b.let("sum", share(c00, down.near, right.near));
  for (
    const part of [
      share(c10, down.far, right.near),
      share(c01, down.near, right.far),
      share(c11, down.far, right.far),
      zero,
    ]
  ) b.set(sum, apply(`${type}.add`, [sum, part]));
  return sum;
}

const floatScalars: Blend = {
  lanes: 1,
  elementBytes: 4,
  weights: (b, near, far) => ({
    near: b.let("near", b.load("f32.load", near)),
    far: b.let("far", b.load("f32.load", far)),
    pair: null,
  }),
  emit: (b, { corners, shares, to }) => {
    const values = corners.map((line) => line.map((at) => b.load("f32.load", at)));
    const zero = constant(0, "f32");
    b.store("f32.store", to, blendFloats(b, "f32", { corners: values, shares, zero }));
  },
};

const floatVectors: Blend = {
  lanes: 4,
  elementBytes: 4,
  weights: (b, near, far) => ({
    near: b.let("near", b.load("v128.load32_splat", near)),
    far: b.let("far", b.load("v128.load32_splat", far)),
    pair: null,
  }),
  emit: (b, { corners, shares, to, count }) => {
    const values = corners.map((line) => line.map((at) => loadBytes(b, at, count * 4)));
    const zero = apply("f32x4.splat", [constant(0, "f32")]);
    storeBytes(b, to, blendFloats(b, "f32x4", { corners: values, shares, zero }), count * 4);
  },
};

/** Products of both shares have 20 fractional bits; halves go away from zero. */
const FRACTION_BITS = 20;
const HALF = 2 ** (FRACTION_BITS - 1);

const byteScalars: Blend = {
  lanes: 1,
  elementBytes: 1,
  weights: (b, near, far) => ({
    near: b.let("near", b.load("i32.load", near)),
    far: b.let("far", b.load("i32.load", far)),
    pair: null,
  }),
  emit: (b, { corners, shares: [down, right], to }) => {
    const [[c00, c01], [c10, c11]] = corners.map((line) =>
      line.map((at) => b.load("i32.load8_s", at))
    );
    const left = add(mul(c00, down.near), mul(c10, down.far));
    const other = add(mul(c01, down.near), mul(c11, down.far));
    const sum = b.let("sum", add(mul(left, right.near), mul(other, right.far)));
    const rounded = choose(apply("i32.gt_s", [sum, 0]), add(sum, HALF), sub(sum, HALF));
    b.store("i32.store8", to, apply("i32.div_s", [rounded, 2 ** FRACTION_BITS]));
  },
};

/** Pairs of rows are int16 with their two shares side by side, which one instruction multiplies. */
const byteVectors: Blend = {
  lanes: 8,
  elementBytes: 1,
  weights: (b, near, far) => {
    const pair = apply("i32.or", [
      apply("i32.and", [b.load("i32.load", near), 0xffff]),
      apply("i32.shl", [b.load("i32.load", far), 16]),
    ]);
    const splat = (at: At) => b.let("share", b.load("v128.load32_splat", at));
    return {
      near: splat(near),
      far: splat(far),
      pair: b.let("pair", apply("i32x4.splat", [pair])),
    };
  },
  emit: (b, { corners: [upper, lower], shares: [down, right], to, count }) => {
    const widened = (at: At) =>
      b.let("x", apply("i16x8.extend_low_i8x16_s", [loadBytes(b, at, count)]));
    const columns = [0, 1].map((i) => [widened(upper[i]), widened(lower[i])]);
    const quarters = [LOW_PAIRS, HIGH_PAIRS].map((lanes) => {
      const [left, other] = columns.map((pair) =>
        apply("i32x4.dot_i16x8_s", [apply("i8x16.shuffle", pair, lanes), down.pair!])
      );
      const sum = b.let(
        "sum",
        apply("i32x4.add", [
          apply("i32x4.mul", [left, right.near]),
          apply("i32x4.mul", [other, right.far]),
        ]),
      );
      const sign = b.let("sign", apply("i32x4.shr_s", [sum, constant(31)]));
      const half = apply("i32x4.splat", [constant(HALF)]);
      const size = apply("i32x4.add", [apply("i32x4.abs", [sum]), half]);
      const rounded = apply("i32x4.shr_s", [size, constant(FRACTION_BITS)]);
      return b.let("q", apply("i32x4.sub", [apply("v128.xor", [rounded, sign]), sign]));
    });
    const words = b.let("words", apply("i16x8.narrow_i32x4_s", quarters));
    storeBytes(b, to, apply("i8x16.narrow_i16x8_s", [words, words]), count);
  },
};

const LOW_PAIRS = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH_PAIRS = [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31];
