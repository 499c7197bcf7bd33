import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";

// float32 holds no number below exp(-104) and none above exp(89): all else is as these. NaN stays.
const LEAST = -110;
const MOST = 90;

/** Adding it leaves the nearest integer in the lowest bits of a float64. */
const TO_INTEGER = 1.5 * 2 ** 52;

// ln 2 in two parts: the first has few enough bits for its products with integers to be exact.
const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;

/** Terms of Taylor's series: on [-ln 2 / 2, ln 2 / 2] what is left out is below 3e-13. */
const DEGREE = 10;

/** `exp(x) - 1 = power * rest + (power - 1)` for two of float64. */
interface Exponential {
  /** The power of two nearest to exp(x). */
  readonly power: Value;
  /** `exp(r) - 1` of what is left, r = x - k ln 2; exact to the last bits for small x. */
  readonly rest: Value;
}

/**
 * exp, exp - 1 and tanh of float32, worked out two at a time in float64: rounded to float32 they are the
 * nearest float32 but for one in a million.
 */
export class FloatExponential {
  readonly #b: KernelBuilder;
  readonly #pool: ConstantPool;

  constructor(b: KernelBuilder, pool: ConstantPool) {
    this.#b = b;
    this.#pool = pool;
  }

  /** exp of four of float32. */
  exp(x: Value): Value {
    const low = apply("f32x4.pmax", [x, this.#pool.splatF32(LEAST)]);
    const within = apply("f32x4.pmin", [low, this.#pool.splatF32(MOST)]);
    return this.#inHalves(within, (half) => {
      const { power, rest } = this.#split(half);
      return apply("f64x2.add", [apply("f64x2.mul", [power, rest]), power]);
    });
  }

  /** `exp(x) - 1` of four of float32, exact to the last bits for small x too. */
  expm1(x: Value): Value {
    const low = apply("f32x4.pmax", [x, this.#pool.splatF32(LEAST)]);
    const within = apply("f32x4.pmin", [low, this.#pool.splatF32(MOST)]);
    return this.#inHalves(within, (half) => this.#minusOne(half));
  }

  /** tanh of four of float32: `-e / (e + 2)` with `e = exp(-2 |x|) - 1`, and the sign of x. */
  tanh(x: Value): Value {
    const sign = this.#pool.splat32(-(2 ** 31));
    const negative = apply("v128.or", [x, sign]);
    const within = apply("f32x4.pmax", [negative, this.#pool.splatF32(LEAST / 2)]);
    const size = this.#inHalves(within, (half) => {
      const e = this.#b.let("e", this.#minusOne(apply("f64x2.add", [half, half])));
      return apply("f64x2.div", [e, apply("f64x2.add", [e, this.#float64(2)])]);
    });
    return apply("v128.bitselect", [x, size, sign]);
  }

  #minusOne(x: Value): Value {
    const { power, rest } = this.#split(x);
    const whole = apply("f64x2.sub", [power, this.#float64(1)]);
    return apply("f64x2.add", [apply("f64x2.mul", [power, rest]), whole]);
  }

  #split(value: Value): Exponential {
    const b = this.#b;
    const x = b.let("x", value);
    const scaled = apply("f64x2.mul", [x, this.#float64(Math.LOG2E)]);
    const shifted = b.let("shifted", apply("f64x2.add", [scaled, this.#float64(TO_INTEGER)]));
    const k = b.let("k", apply("f64x2.sub", [shifted, this.#float64(TO_INTEGER)]));
    const near = apply("f64x2.sub", [x, apply("f64x2.mul", [k, this.#float64(LN2_HIGH)])]);
    const r = b.let(
      "r",
      apply("f64x2.sub", [near, apply("f64x2.mul", [k, this.#float64(LN2_LOW)])]),
    );
    const exponent = apply("i64x2.add", [shifted, this.#pool.splat64(1023n)]);
    const power = b.let("power", apply("i64x2.shl", [exponent, constant(52)]));
    // Horner's scheme for r + r^2 / 2 + r^3 / 6 + ...
    let factorial = 1;
    const inverses = Array.from({ length: DEGREE }, (_, i) => 1 / (factorial *= i + 1));
    const rest = b.let("rest", this.#float64(inverses[DEGREE - 1]));
    for (let i = DEGREE - 2; i >= 0; i--) {
      const product = apply("f64x2.mul", [rest, r]);
      b.set(rest, apply("f64x2.add", [product, this.#float64(inverses[i])]));
    }
    b.set(rest, apply("f64x2.mul", [rest, r]));
    return { power, rest };
  }

  #inHalves(value: Value, compute: (half: Value) => Value): Value {
    const b = this.#b;
    const x = b.let("x", value);
    const upper = apply("i8x16.shuffle", [x, x], HIGH_HALF);
    const [low, high] = [x, upper].map((half) => (
      b.let(
        "half",
        apply("f32x4.demote_f64x2_zero", [
          compute(apply("f64x2.promote_low_f32x4", [half])),
        ]),
      )
    ));
    return b.let("y", apply("i8x16.shuffle", [low, high], LOW_HALVES));
  }

  #float64(value: number): Value {
    return this.#pool.vector(new Float64Array(2).fill(value));
  }
}

const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
