import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/**
 * The nearest integer, of float32: the even one of two. TFLM adds 1 to the integer below, so that
 * what rounds up to 0 is 0 and not -0; -0 itself stays.
 */
export const round: EngineOperator<"ROUND"> = {
  reference: (operation) => floatFunctionOf(operation, roundToEven),
  ...floatUnary((f, x) => f.whereZero(x, x, f.op("add", f.op("nearest", x), f.number(0)))),
};

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = Math.fround(x - below);
  return rest < 0.5 || rest === 0.5 && below % 2 === 0 ? below : below + 1;
}
