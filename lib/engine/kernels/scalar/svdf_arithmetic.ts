import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import type { Activation } from "../../../model/attributes.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { svdfFactors, type SvdfTensors } from "../../reference/factors.ts";
import { FloatExponential } from "../elementwise/float_exp.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { clampFloat, clampInteger } from "./sum_arithmetic.ts";

/** Products, sums, and what becomes of them in an SVDF. */
export interface SvdfArithmetic {
  readonly zero: Value;
  readonly multiplyAdd: (sum: Value, x: Value, w: Value) => Value;
  readonly plus: (a: Value, b: Value) => Value;
  /** An element of input or state, as products take it. */
  readonly centred: (x: Value) => Value;
  readonly centredState: (x: Value) => Value;
  /** The newest element of the state, from the sum over the input. */
  readonly kept: (b: KernelBuilder, sum: Value) => Value;
  /** The output, from the sum over its filters. */
  readonly finish: (b: KernelBuilder, sum: Value) => Value;
  readonly code: readonly KernelCode[];
}

/** The arithmetic of the reference's SVDF, integers. */
export function integerSvdf(tensors: SvdfTensors): SvdfArithmetic {
  const { input, state, output } = tensors;
  const { stateFactor, factor } = svdfFactors(tensors);
  const [zeroIn, zeroState, zeroOut] = [input, state, output].map(zeroPointOf);
  const stateRange = integerRange(state.dtype);
  const range = integerRange(output.dtype);
  return {
    zero: constant(0),
    multiplyAdd: (sum, x, w) => add(sum, mul(x, w)),
    plus: add,
    centred: (x) => sub(x, zeroIn),
    centredState: (x) => sub(x, zeroState),
    kept: (b, sum) => {
      const scaled = multiplied(sum, stateFactor.multiplier, stateFactor.shift);
      const clamped = clampInteger(b, scaled, {
        least: constant(stateRange.min),
        most: constant(stateRange.max),
      });
      return add(clamped, zeroState);
    },
    finish: (b, sum) => {
      const scaled = multiplied(sum, factor.multiplier, factor.shift);
      const clamped = clampInteger(b, scaled, {
        least: constant(range.min - zeroOut),
        most: constant(range.max - zeroOut),
      });
      return add(clamped, zeroOut);
    },
    code: [multiplyCode],
  };
}

/** The arithmetic of the reference's SVDF, float32. */
export function floatSvdf(pool: ConstantPool, activation: Activation): SvdfArithmetic {
  const plus = (a: Value, b: Value) => apply("f32.add", [a, b]);
  return {
    zero: constant(0, "f32"),
    multiplyAdd: (sum, x, w) => plus(sum, apply("f32.mul", [x, w])),
    plus,
    centred: (x) => x,
    centredState: (x) => x,
    kept: (_b, sum) => sum,
    finish: (b, sum) => activated(b, b.let("x", sum), { pool, activation }),
    code: [],
  };
}

function activated(
  b: KernelBuilder,
  x: Value,
  { pool, activation }: { readonly pool: ConstantPool; readonly activation: Activation },
): Value {
  switch (activation) {
    case "NONE":
      return x;
    case "RELU":
      return clampFloat(x, { min: 0, max: Infinity });
    case "RELU_N1_TO_1":
      return clampFloat(x, { min: -1, max: 1 });
    case "RELU6":
      return clampFloat(x, { min: 0, max: 6 });
    case "TANH":
      return apply(
        "f32x4.extract_lane",
        [new FloatExponential(b, pool).tanh(apply("f32x4.splat", [x]))],
        [0],
      );
    case "SIGN_BIT": {
      const isNegativeZero = apply("i32.eq", [apply("i32.reinterpret_f32", [x]), -(2 ** 31)]);
      const isBelow = apply("f32.lt", [x, constant(0, "f32")]);
      const isNegative = b.let("negative", apply("i32.or", [isNegativeZero, isBelow]));
      return choose(isNegative, constant(1, "f32"), constant(0, "f32"));
    }
  }
}
