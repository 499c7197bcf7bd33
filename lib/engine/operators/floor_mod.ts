import type { KernelCode, Value } from "../../kernel/kernel.ts";
import { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, callOf, choose, constant } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { elementwiseOfTwo } from "../reference/elementwise.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** The remainder of float32 that has the sign of the divisor, with broadcasting. */
export const floorMod: EngineOperator<"FLOOR_MOD"> = {
  types: ["float32"],
  reference: prepareFloorMod,
  kernels: [floorModElements],
};

/** C's remainder, which has the sign of the dividend and is exact, plus the divisor if that differs. */
function prepareFloorMod(operation: Operation<"FLOOR_MOD">): ReferenceKernel {
  expectSameType([...operation.inputs, ...operation.outputs], ["float32"]);
  return elementwiseOfTwo(operation, (a, b) => {
    const rest = a % b;
    return rest !== 0 && (b < 0) !== (rest < 0) ? Math.fround(rest + b) : rest;
  });
}

function floorModElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "FLOOR_MOD") === null) return null;
  return elementwiseKernel(layer, {
    kernel: "floor_mod float32",
    operands: 2,
    lanes: 1,
    code: [remainderCode],
    work: (b, { inputs: places, output: at }) => {
      const [a, d] = places.map((place) => b.let("x", b.load("f32.load", place)));
      const zero = constant(0, "f32");
      const rest = b.let("rest", callOf(NAME, "f32", [a, d]));
      const [isDown, isBelow] = [d, rest].map((x) => apply("f32.lt", [x, zero]));
      const isMoved = apply("i32.and", [
        apply("f32.ne", [rest, zero]),
        apply("i32.ne", [isDown, isBelow]),
      ]);
      b.store("f32.store", at, choose(isMoved, apply("f32.add", [rest, d]), rest));
    },
  });
}

const NAME = "float_remainder";

// Quotients below 2^28 have products with a float32 that are exact in float64; ten steps take the
// largest dividend, below 2^128, to the smallest divisor, 2^-149.
const STEP = 2 ** 28;
const STEPS = 10;

/** C's fmodf of two of float32: a function of its own. */
const remainderCode: KernelCode = writeRemainder();

function writeRemainder(): KernelCode {
  const b = new KernelBuilder();
  const [x, y] = ["x", "y"].map((name) => b.parameter(name, "f32"));
  const size = (value: Value) => apply("f64.abs", [apply("f64.promote_f32", [value])]);
  const real = (value: number) => constant(value, "f64");
  const [dividend, divisor] = [b.let("dividend", size(x)), b.let("divisor", size(y))];
  const rest = b.let("rest", dividend);
  const part = b.let("part", apply("f64.mul", [divisor, real(STEP ** (STEPS - 1))]));
  b.for("step", { until: STEPS }, () => {
    b.if(apply("f64.ge", [rest, part]), () => {
      const quotient = apply("f64.trunc", [apply("f64.div", [rest, part])]);
      b.set(rest, apply("f64.sub", [rest, apply("f64.mul", [quotient, part])]));
    });
    b.set(part, apply("f64.mul", [part, real(1 / STEP)]));
  });
  const result = apply("f32.copysign", [apply("f32.demote_f64", [rest]), x]);
  // Infinite dividends, divisors of 0 and NaN have no remainder; an infinite divisor changes nothing.
  const hasRest = apply("i32.and", [
    apply("f64.lt", [dividend, real(Infinity)]),
    apply("f64.gt", [divisor, real(0)]),
  ]);
  return b.finish(NAME, choose(hasRest, result, constant(NaN, "f32")));
}
