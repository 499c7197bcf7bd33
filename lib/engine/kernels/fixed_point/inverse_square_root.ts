import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, choose, constant, sub } from "../../../kernel/values.ts";
import { SQRT_HALF_Q0 } from "../../reference/fixed_point_functions.ts";
import { NEWTON_STEPS, ONE_Q3, THREE_HALVES_Q3 } from "../../reference/inverse_square_root.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { shiftLeft } from "./shift_left.ts";

const NAME = "inverse_square_root";

/** A function of an i32 that is not negative, and what it calls: see `inverseSquareRoot`. */
export const inverseSquareRootCode: readonly KernelCode[] = [write(), multiplyCode];

/** Calls it: `1 / sqrt(x)` as a factor of `multiplied`. */
export function inverseSquareRootOf(
  b: KernelBuilder,
  x: Value,
): { readonly multiplier: Value; readonly shift: Value } {
  const factor = b.let("factor", callOf(NAME, "i64", [x]));
  const high = apply("i64.shr_s", [factor, constant(32, "i64")]);
  return {
    multiplier: b.let("multiplier", apply("i32.wrap_i64", [factor])),
    shift: b.let("shift", apply("i32.wrap_i64", [high])),
  };
}

/** Returns the shift in the upper half of an i64, the multiplier in the lower. */
function write(): KernelCode {
  const b = new KernelBuilder();
  const x = b.parameter("x");
  const scaled = b.let("scaled", x);
  const rightShift = b.let("right_shift", 11);
  // Of an int32 that is not negative, one step is enough.
  b.if(apply("i32.ge_s", [x, 2 ** 29]), () => {
    b.set(scaled, apply("i32.shr_u", [x, 2]));
    b.set(rightShift, 12);
  });
  const headroom = sub(apply("i32.clz", [scaled]), 1);
  const pairs = b.let("pairs", sub(apply("i32.shr_u", [headroom, 1]), 1));
  b.set(scaled, apply("i32.shl", [scaled, apply("i32.shl", [pairs, 1])]));
  b.set(rightShift, sub(rightShift, pairs));
  // Half of it as Q3, halves rounded up.
  const half = b.let("half", apply("i32.shr_u", [add(apply("i32.shr_u", [scaled, 1]), 1), 1]));
  const y = b.let("y", ONE_Q3);
  b.for("step", { until: NEWTON_STEPS }, () => {
    const product = b.let("product", multiplied(multiplied(y, y, 0), y, 0));
    const cube = b.let("cube", shiftLeft(b, product, 6));
    const change = sub(multiplied(y, THREE_HALVES_Q3, 0), multiplied(half, cube, 0));
    b.set(y, shiftLeft(b, b.let("change", change), 3));
  });
  const root = b.let("root", multiplied(y, SQRT_HALF_Q0, 0));
  const isLeft = b.let("is_left", apply("i32.lt_s", [rightShift, 0]));
  const leftShift = choose(isLeft, sub(0, rightShift), 0);
  const multiplier = b.let("multiplier", apply("i32.shl", [root, leftShift]));
  const shift = b.let("shift", choose(isLeft, 0, sub(0, rightShift)));
  b.if(apply("i32.le_s", [x, 1]), () => {
    b.set(multiplier, 2 ** 31 - 1);
    b.set(shift, 0);
  });
  const high = apply("i64.shl", [apply("i64.extend_i32_s", [shift]), constant(32, "i64")]);
  return b.finish(
    NAME,
    b.let("factor", apply("i64.or", [high, apply("i64.extend_i32_u", [multiplier])])),
  );
}
