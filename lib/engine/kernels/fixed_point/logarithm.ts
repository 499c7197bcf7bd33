import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, max, min, mul, sub } from "../../../kernel/values.ts";
import { LOG_BITS, LOG_CONSTANTS, LOG_UNIT } from "../../reference/fixed_point_log.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { reciprocalCode, reciprocalOfOnePlus } from "./reciprocal.ts";
import { shiftLeft } from "./shift_left.ts";

const NAME = "log_of_at_least_one";

/** A function of an i32, and what it calls: see `logOfAtLeastOne`. */
export const logarithmCode: readonly KernelCode[] = [write(), reciprocalCode, multiplyCode];

/** Calls it. */
export function logarithmOf(z: Value): Value {
  return callOf(NAME, "i32", [z]);
}

function write(): KernelCode {
  const k = LOG_CONSTANTS;
  const b = new KernelBuilder();
  const z = b.parameter("z");
  const product = (x: Value, y: Value | number) => multiplied(x, y, 0);
  const power = (headroom: Value, quarters: number) =>
    add(mul(sub(LOG_BITS.input, headroom), LOG_UNIT), quarters * LOG_UNIT / 4);

  const headroomA = b.let("headroom", apply("i32.clz", [z]));
  const scaled = apply("i32.shl", [z, sub(headroomA, 1)]);
  const rA = b.let("r", shiftLeft(b, product(scaled, k.sqrtHalf), 1));
  const headroomB = b.let("headroom", sub(apply("i32.clz", [product(z, k.sqrtHalf)]), 1));
  const rB = b.let("r", shiftLeft(b, z, headroomB));
  const r = b.let("r", min(rA, rB));
  const powers = [power(headroomA, 1), power(headroomB, -1)].map((each) => b.let("power", each));

  const half = b.let("half", apply("i32.shr_u", [add(add(r, k.centre), 1), 1]));
  const q = b.let("q", apply("i32.shl", [sub(r, k.centre), 1]));
  const square = b.let("square", product(q, q));
  const cube = product(product(q, square), k.numerator);
  const numerator = b.let("numerator", add(product(q, r), cube));
  const inner = b.let("inner", add(add(q, k.offset), product(square, k.square)));
  const denominator = b.let("denominator", add(product(half, inner), product(q, k.linear)));
  const shortened = recordRoundingShift(b, numerator, LOG_BITS.sum);
  const quotient = product(shortened, reciprocalOfOnePlus(denominator));
  const whole = product(max(powers[0], powers[1]), k.log2);
  const sum = b.let("sum", add(whole, quotient));
  return b.finish(NAME, b.let("log", shiftLeft(b, sum, LOG_BITS.sum - LOG_BITS.output)));
}

/** `round(x / 2^bits)`, halves away from zero. */
export function recordRoundingShift(b: KernelBuilder, value: Value, bits: number): Value {
  const x = b.let("x", value);
  const sign = apply("i32.shr_s", [x, 31]);
  return apply("i32.shr_s", [add(add(x, sign), 2 ** (bits - 1)), bits]);
}
