import { apply, constant } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { refusing } from "../kernels/refusing.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { EngineError } from "../engine_error.ts";
import { DIVISION_BY_ZERO, refuseZeros } from "../reference/division.ts";
import { elementwiseOfTwo } from "../reference/elementwise.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `floor(a / b)` of float32, with broadcasting; worked out in float64. */
export const floorDiv: EngineOperator<"FLOOR_DIV"> = {
  types: ["float32"],
  reference: prepareFloorDiv,
  kernels: [floorDivElements],
};

function prepareFloorDiv(operation: Operation<"FLOOR_DIV">): ReferenceKernel {
  expectSameType([...operation.inputs, ...operation.outputs], ["float32"]);
  refuseZeros(operation.inputs[1]);
  return elementwiseOfTwo(operation, (a, b) => {
    if (b === 0) throw new EngineError(DIVISION_BY_ZERO);
    return Math.floor(a / b);
  });
}

function floorDivElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "FLOOR_DIV") === null) return null;
  const { unless, refusal } = refusing(layer, { reason: DIVISION_BY_ZERO, error: "EngineError" });
  const kernel = elementwiseKernel(layer, {
    kernel: "floor_div float32",
    operands: 2,
    lanes: 1,
    work: (b, { inputs: places, output: at }) => {
      const [left, right] = places.map((place) => b.let("x", b.load("f32.load", place)));
      unless(b, apply("f32.eq", [right, constant(0, "f32")]));
      const [a, d] = [left, right].map((x) => apply("f64.promote_f32", [x]));
      const quotient = apply("f64.floor", [apply("f64.div", [a, d])]);
      b.store("f32.store", at, apply("f32.demote_f64", [quotient]));
    },
  });
  return { ...kernel, refusal };
}
