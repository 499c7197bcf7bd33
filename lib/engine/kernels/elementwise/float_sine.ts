import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, choose, constant, sub } from "../../../kernel/values.ts";
import type { MakeKernel } from "../../layer.ts";
import { floatByFloat } from "./float_unary.ts";
import { polynomial } from "./float_log.ts";

/** The sine of float32 turned by so many quarters: 0 is sin, 1 is cos. */
export function floatTurned({ quarters }: { readonly quarters: 0 | 1 }): MakeKernel {
  return (layer) => {
    const name = `${layer.name}_function`;
    const code = () => {
      const words = Uint32Array.from(TWO_OVER_PI);
      const table = layer.constants.place(`${name}_table`, new Uint8Array(words.buffer));
      return [write(name, { table, quarters })];
    };
    return floatByFloat((_, x) => callOf(name, "f32", [x]), code)(layer);
  };
}

// 2 / pi in binary: 32 zeros in front of the point, and 224 digits behind it.
const TWO_OVER_PI = [
  0,
  0xa2f9836e,
  0x4e441529,
  0xfc2757d1,
  0xf534ddc0,
  0xdb629599,
  0x3c439041,
  0xfe5163ab,
];

const SIGN = -(2 ** 31);
const FRACTION_BITS = 23;

/** A function of an f32: `sin(x + quarters pi / 2)`, worked out in float64 and rounded once. */
function write(
  name: string,
  { table, quarters }: { readonly table: Region; readonly quarters: number },
): KernelCode {
  const b = new KernelBuilder();
  const x = b.parameter("x", "f32");
  const size = b.let("size", apply("f32.abs", [x]));
  const quarter = b.let("quarter", 0);
  const r = b.let("r", apply("f64.promote_f32", [size]));
  const isLarge = apply("f32.gt", [size, constant(Math.PI / 4, "f32")]);
  b.if(isLarge, () => reduce(b, { size, table, quarter, r }));
  const turned = b.let("turned", add(quarter, quarters));
  const square = b.let("square", apply("f64.mul", [r, r]));
  const y = b.let("y", constant(0, "f64"));
  b.if(
    apply("i32.and", [turned, 1]),
    () => b.set(y, polynomial(b, square, COSINE)),
    () => b.set(y, apply("f64.mul", [r, polynomial(b, square, SINE)])),
  );
  // sin(-x) = -sin(x), cos(-x) = cos(x), and half a turn changes the sign.
  const half = apply("i32.shl", [apply("i32.and", [turned, 2]), 30]);
  const own = apply("i32.and", [apply("i32.reinterpret_f32", [x]), SIGN]);
  const sign = quarters === 0 ? apply("i32.xor", [own, half]) : half;
  const bits = apply("i32.reinterpret_f32", [apply("f32.demote_f64", [y])]);
  const signed = b.let("signed", apply("f32.reinterpret_i32", [apply("i32.xor", [bits, sign])]));
  const isFinite = apply("f32.lt", [size, constant(Infinity, "f32")]);
  return b.finish(name, choose(isFinite, signed, constant(NaN, "f32")));
}

/**
 * Sets `quarter` and `r` to `size = quarter pi / 2 + r` with `|r| <= pi / 4`, but for multiples of
 * 4 quarters. Exact for every float32, however large: with `size = m 2^e`, digits of 2 / pi that
 * stand for multiples of 4 quarters are left out, and of the others 96 are enough, so that
 * `size * 2 / pi` is an integer of 64 bits, two of them in front of the point (Payne and Hanek,
 * "Radian reduction for trigonometric functions", 1983).
 */
function reduce(
  b: KernelBuilder,
  { size, table, quarter, r }: Readonly<Record<"size" | "quarter" | "r", Value>> & {
    readonly table: Region;
  },
): void {
  const bits = b.let("bits", apply("i32.reinterpret_f32", [size]));
  const fraction = apply("i32.and", [bits, 2 ** FRACTION_BITS - 1]);
  const m = b.let("m", wide(apply("i32.or", [fraction, 2 ** FRACTION_BITS])));
  // The first digit wanted is number e - 1 behind the point, with e = exponent - 150.
  const first = b.let("first", sub(apply("i32.shr_u", [bits, FRACTION_BITS]), 150 + 1 - 31));
  const bytes = b.let("bytes", apply("i32.shl", [apply("i32.shr_u", [first, 5]), 2]));
  const shift = b.let("shift", wide(apply("i32.and", [first, 31])));
  const word = (i: number) =>
    wide(b.load("i32.load", { region: table, address: bytes, offsetBytes: 4 * i, isIndex: true }));
  const digits = (i: number) => {
    const pair = apply("i64.or", [shifted("shl", word(i), 32), word(i + 1)]);
    return shifted("shr_u", apply("i64.shl", [pair, shift]), 32);
  };
  const [high, middle, low] = [0, 1, 2].map((i) => apply("i64.mul", [m, digits(i)]));
  const upper = apply("i64.add", [shifted("shl", high, 32), middle]);
  const quarters = b.let("quarters", apply("i64.add", [upper, shifted("shr_u", low, 32)]));
  const nearest = apply("i64.add", [quarters, constant(2n ** 61n, "i64")]);
  b.set(quarter, apply("i32.wrap_i64", [shifted("shr_u", nearest, 62)]));
  const rest = apply("i64.sub", [quarters, shifted("shl", wide(quarter), 62)]);
  const unit = constant(Math.PI / 2 * 2 ** -62, "f64");
  b.set(r, apply("f64.mul", [apply("f64.convert_i64_s", [rest]), unit]));
}

function wide(x: Value): Value {
  return apply("i64.extend_i32_u", [x]);
}

function shifted(way: "shl" | "shr_u", x: Value, bits: number): Value {
  return apply(`i64.${way}`, [x, constant(bits, "i64")]);
}

// Taylor's series in r^2: on [0, pi / 4] what is left out is below 3e-14.
const SINE = series(1, 7);
const COSINE = series(0, 8);

/** `1 / first!, -1 / (first + 2)!, 1 / (first + 4)!, ...` */
function series(first: 0 | 1, terms: number): readonly number[] {
  let term = 1;
  return Array.from({ length: terms }, (_, i) => {
    const n = 2 * i + first;
    if (i > 0) term /= -n * (n - 1);
    return term;
  });
}
