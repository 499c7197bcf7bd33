import type { Value } from "../../codegen/kernel/kernel.ts";
import type { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { apply, callOf, constant } from "../../codegen/kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { LOWER, UPPER } from "../reference/logistic.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { exp } from "./softmax_float.ts";

/** LOGISTIC and TANH of float32, by JavaScript's own exp and tanh. */
export function floatSigmoid(layer: Layer): LayerKernel | null {
  const { operator, outputs: [output] } = layer;
  if (output.tensor.dtype !== "float32") return null;
  if (operator.op !== "LOGISTIC" && operator.op !== "TANH") return null;
  const compute = operator.op === "LOGISTIC" ? logistic : tanh;
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} float32`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      b.store("f32.store", at, compute(b, b.let("x", b.load("f32.load", place))));
    },
  });
}

function tanh(_: KernelBuilder, x: Value): Value {
  const wide = apply("f64.promote_f32", [x]);
  return apply("f32.demote_f64", [callOf("tanh", "f64", [wide])]);
}

function logistic(b: KernelBuilder, x: Value): Value {
  const float = (value: number) => constant(value, "f32");
  const y = b.let("y", float(1));
  b.if(apply("f32.gt", [x, float(UPPER)]), () => {}, () => {
    b.if(apply("f32.lt", [x, float(LOWER)]), () => b.set(y, exp(x)), () => {
      const sum = apply("f32.add", [float(1), exp(apply("f32.neg", [x]))]);
      b.set(y, apply("f32.div", [float(1), sum]));
    });
  });
  return y;
}
