import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, choose, constant, sub } from "../../../kernel/values.ts";

const NAME = "log_float32";

/** Terms of the series: as |s| < 0.172, what is left out is below 1e-15 of it. */
const TERMS = 9;

const BITS_OF_SQRT_HALF = 0x3f3504f3;
const LEAST_NORMAL = 2 ** -126;
const FRACTION_BITS = 23;

/**
 * A function of an f32: its natural logarithm, worked out in float64 and rounded once. With
 * `x = 2^k m`, m in [sqrt(1/2), sqrt(2)), and `s = (m - 1) / (m + 1)`:
 * `log x = k ln 2 + 2 (s + s^3 / 3 + s^5 / 5 + ...)`.
 */
export const floatLogCode: KernelCode = write();

/** Calls it. */
export function logarithm(x: Value): Value {
  return callOf(NAME, "f32", [x]);
}

function write(): KernelCode {
  const b = new KernelBuilder();
  const x = b.parameter("x", "f32");
  const isSmall = b.let("is_small", apply("f32.lt", [x, constant(LEAST_NORMAL, "f32")]));
  // Subnormal numbers are made normal, and the power taken back.
  const scaled = apply("f32.mul", [x, constant(2 ** 24, "f32")]);
  const bits = b.let("bits", apply("i32.reinterpret_f32", [choose(isSmall, scaled, x)]));
  const power = b.let("power", apply("i32.shr_s", [sub(bits, BITS_OF_SQRT_HALF), FRACTION_BITS]));
  const mantissa = sub(bits, apply("i32.shl", [power, FRACTION_BITS]));
  const m = b.let("m", apply("f64.promote_f32", [apply("f32.reinterpret_i32", [mantissa])]));
  const one = constant(1, "f64");
  const s = b.let(
    "s",
    apply("f64.div", [apply("f64.sub", [m, one]), apply("f64.add", [m, one])]),
  );
  const square = b.let("square", apply("f64.mul", [s, s]));
  const series = polynomial(b, square, Array.from({ length: TERMS }, (_, i) => 2 / (2 * i + 1)));
  const k = apply("f64.convert_i32_s", [add(power, choose(isSmall, -24, 0))]);
  const whole = apply("f64.mul", [k, constant(Math.LN2, "f64")]);
  const sum = apply("f64.add", [apply("f64.mul", [s, series]), whole]);
  const finite = b.let("finite", apply("f32.demote_f64", [sum]));
  return b.finish(NAME, special(x, finite));
}

/** Minus infinity of 0, NaN below it, and infinity and NaN as they are. */
function special(x: Value, finite: Value): Value {
  const [zero, infinity] = [0, Infinity].map((value) => constant(value, "f32"));
  const isFinite = apply("f32.lt", [x, infinity]);
  const atLeastZero = apply("f32.eq", [x, zero]);
  const low = choose(atLeastZero, constant(-Infinity, "f32"), constant(NaN, "f32"));
  const within = choose(apply("f32.gt", [x, zero]), finite, low);
  return choose(isFinite, within, x);
}

/** `c[0] + c[1] x + c[2] x^2 + ...` in float64, by Horner's scheme. */
export function polynomial(b: KernelBuilder, x: Value, coefficients: readonly number[]): Value {
  const sum = b.let("sum", constant(coefficients[coefficients.length - 1], "f64"));
  for (let i = coefficients.length - 2; i >= 0; i--) {
    const product = apply("f64.mul", [sum, x]);
    b.set(sum, apply("f64.add", [product, constant(coefficients[i], "f64")]));
  }
  return sum;
}
