import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, sub } from "../../../kernel/values.ts";
import {
  FORTY_EIGHT_SEVENTEENTHS,
  MINUS_THIRTY_TWO_SEVENTEENTHS,
  ONE_Q2,
} from "../../reference/fixed_point_functions.ts";
import { multiplied } from "../requantize/fixed_point_lanes.ts";
import { shiftLeft } from "./shift_left.ts";

const NAME = "reciprocal_of_one_plus";

/** A function of an i32: see `reciprocalOfOnePlus`. It calls `multiplyCode`. */
export const reciprocalCode: KernelCode = write();

/** Calls it. */
export function reciprocalOfOnePlus(x: Value): Value {
  return callOf(NAME, "i32", [x]);
}

function write(): KernelCode {
  const b = new KernelBuilder();
  const x = b.parameter("x");
  // x + 2^31 in 32 bits without a sign.
  const half = b.let("half", apply("i32.shr_u", [apply("i32.xor", [x, -(2 ** 31)]), 1]));
  const guess = multiplied(half, MINUS_THIRTY_TWO_SEVENTEENTHS, 0);
  const y = b.let("y", add(guess, FORTY_EIGHT_SEVENTEENTHS));
  b.for("step", { until: 3 }, () => {
    const error = b.let("error", sub(ONE_Q2, multiplied(half, y, 0)));
    b.set(y, add(y, shiftLeft(b, multiplied(y, error, 0), 2)));
  });
  return b.finish(NAME, shiftLeft(b, y, 1));
}
