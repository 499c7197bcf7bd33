import type { Dtype } from "../../model/dtype.ts";
import type { Complex, FftMachine } from "./fft.ts";
import type { NumberArray } from "./prepare.ts";

/** The types of samples that transforms are defined for. */
export const FFT_TYPES: readonly Dtype[] = ["int16", "int32", "float32"];

/** The largest number of a type of fixed point, which stands for 1; null for floats. */
export function fixedPointOne(dtype: Dtype): number | null {
  return dtype === "float32" ? null : dtype === "int16" ? 32767 : 2147483647;
}

/** `exp(i phase(k))` for k from 0, pairs of real and imaginary part, in a type. */
function exponentials(
  dtype: Dtype,
  count: number,
  phase: (k: number) => number,
): Int16Array | Int32Array | Float32Array {
  const unit = fixedPointOne(dtype);
  const rounded = (x: number) => unit === null ? x : Math.floor(0.5 + unit * x);
  const numbers = Array.from({ length: 2 * count }, (_, i) => {
    const angle = phase(Math.floor(i / 2));
    return rounded(i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
  if (unit === null) return Float32Array.from(numbers);
  return dtype === "int16" ? Int16Array.from(numbers) : Int32Array.from(numbers);
}

/** Twiddle factors of a complex transform of so many elements, and of the real one around it. */
export function twiddlesOf(
  dtype: Dtype,
  { length, isInverse }: { readonly length: number; readonly isInverse: boolean },
) {
  const sign = isInverse ? -1 : 1;
  return {
    complex: exponentials(dtype, length, (k) => sign * (-2 * Math.PI * k / length)),
    real: exponentials(
      dtype,
      Math.floor(length / 2),
      (k) => sign * (-Math.PI * ((k + 1) / length + 0.5)),
    ),
  };
}

/** Computes transforms of elements in an array, from its element `first` on. */
export function numberMachine(
  dtype: Dtype,
  { y, first, length, isInverse }: {
    readonly y: NumberArray;
    readonly first: number;
    readonly length: number;
    readonly isInverse: boolean;
  },
): FftMachine<number, number> {
  const { complex, real } = twiddlesOf(dtype, { length, isInverse });
  const pair = (table: NumberArray, k: number): Complex<number> => [table[2 * k], table[2 * k + 1]];
  return {
    ...arithmeticOf(dtype),
    loop: (_, count, body) => {
      for (let i = 0; i < count; i++) body(i);
    },
    after: (a, b) => a + b,
    times: (a, by) => a * by,
    before: (a, b) => a - b,
    load: (place) => [y[first + 2 * place], y[first + 2 * place + 1]],
    store: (place, value) => {
      [y[first + 2 * place], y[first + 2 * place + 1]] = value;
    },
    twiddle: (k) => pair(complex, k),
    realTwiddle: (k) => pair(real, k),
  };
}

type Arithmetic = Pick<
  FftMachine<number, number>,
  | "zero"
  | "negate"
  | "add"
  | "sub"
  | "half"
  | "halfSum"
  | "halfDifference"
  | "scale"
  | "multiply"
  | "divide"
>;

function arithmeticOf(dtype: Dtype): Arithmetic {
  if (dtype === "float32") return FLOATS;
  return dtype === "int16" ? fixedPoint(15, wrap16) : fixedPoint(31, (x) => x | 0);
}

const wrap16 = (x: number) => x << 16 >> 16;

const f = Math.fround;

const FLOATS: Arithmetic = {
  zero: 0,
  negate: (a) => -a,
  add: (a, b) => f(a + b),
  sub: (a, b) => f(a - b),
  half: (a) => f(a * 0.5),
  halfSum: (a, b) => f(f(a + b) * 0.5),
  halfDifference: (a, b) => f(f(a - b) * 0.5),
  scale: (a, b) => f(a * b),
  multiply: ([a, b], [c, d]) => [f(f(a * c) - f(b * d)), f(f(a * d) + f(b * c))],
  divide: (a) => a,
};

/** Fixed point with so many bits behind the point: products are rounded, halves upwards. */
function fixedPoint(bits: 15 | 31, wrap: (x: number) => number): Arithmetic {
  // Sums of products wrap in 32 bits for int16, in 64 for int32.
  const width = bits === 15 ? 32 : 64;
  const round = (x: bigint) =>
    wrap(
      Number(BigInt.asIntN(32, BigInt.asIntN(width, x + (1n << BigInt(bits - 1))) >> BigInt(bits))),
    );
  const product = (a: number, b: number) => BigInt(a) * BigInt(b);
  const scale = (a: number, b: number) => round(product(a, b));
  return {
    zero: 0,
    negate: (a) => wrap(-a),
    add: (a, b) => wrap(a + b),
    sub: (a, b) => wrap(a - b),
    half: (a) => a >> 1,
    halfSum: (a, b) => wrap((a + b | 0) >> 1),
    halfDifference: (a, b) => wrap((a - b | 0) >> 1),
    scale,
    multiply: ([a, b], [c, d]) => [
      round(product(a, c) - product(b, d)),
      round(product(a, d) + product(b, c)),
    ],
    divide: ([a, b], by) => {
      const part = Math.floor((2 ** bits - 1) / by);
      return [scale(a, part), scale(b, part)];
    },
  };
}
