import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, sub } from "../../../kernel/values.ts";

// ln 2 in two parts: the first has few enough bits for its products with integers to be exact.
const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;

/** Beyond this a power is out of what two float32 can hold together. */
const MOST = 170;

/** Terms of Taylor's series: on [-ln 2 / 2, ln 2 / 2] what is left out is below 1e-17. */
const DEGREE = 14;

/** exp of a float64 in scalars: `2^k exp(r)` with `r = x - k ln 2`. */
export function exp64(b: KernelBuilder, x: Value): Value {
  const number = (value: number) => constant(value, "f64");
  const op = (name: "add" | "sub" | "mul" | "min" | "max", p: Value, q: Value) =>
    apply(`f64.${name}`, [p, q]);
  const within = b.let("within", op("max", op("min", x, number(MOST)), number(-MOST)));
  const k = b.let("k", apply("f64.nearest", [op("mul", within, number(Math.LOG2E))]));
  const high = op("sub", within, op("mul", k, number(LN2_HIGH)));
  const r = b.let("r", op("sub", high, op("mul", k, number(LN2_LOW))));
  const sum = b.let("sum", number(1 / factorial(DEGREE)));
  for (let degree = DEGREE - 1; degree >= 0; degree--) {
    b.set(sum, op("add", op("mul", sum, r), number(1 / factorial(degree))));
  }
  const power = b.let("power", apply("i32.trunc_sat_f64_s", [k]));
  const half = b.let("half", apply("i32.shr_s", [power, 1]));
  return [half, sub(power, half)].reduce(
    (product, exponent) => op("mul", product, powerOfTwo(exponent)),
    sum as Value,
  );
}

/** `2^k` as float64, from the bits of a float32. */
function powerOfTwo(k: Value): Value {
  const bits = apply("i32.shl", [add(k, 127), 23]);
  return apply("f64.promote_f32", [apply("f32.reinterpret_i32", [bits])]);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
