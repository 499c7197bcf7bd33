import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { LOWER, UPPER } from "../reference/sigmoid.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { FloatExponential } from "./float_exp.ts";
import { loadFloats, storeFloats } from "./float_vectors.ts";

/** LOGISTIC and TANH of float32. */
export function floatSigmoid(layer: Layer): LayerKernel | null {
  const { operator, outputs: [output], constants } = layer;
  if (output.tensor.dtype !== "float32") return null;
  if (operator.op !== "LOGISTIC" && operator.op !== "TANH") return null;
  const one = constants.splatF32(1);

  /** By exp(-x); below what is next to 0 in float32, exp(x) itself. */
  function logistic(b: KernelBuilder, x: Value): Value {
    const isLow = b.let("is_low", apply("f32x4.lt", [x, constants.splatF32(LOWER)]));
    const exponent = apply("v128.bitselect", [x, apply("f32x4.neg", [x]), isLow]);
    const e = new FloatExponential(b, constants).exp(exponent);
    const middle = apply("f32x4.div", [one, apply("f32x4.add", [one, e])]);
    const isHigh = apply("f32x4.gt", [x, constants.splatF32(UPPER)]);
    const upper = apply("v128.bitselect", [one, middle, isHigh]);
    return apply("v128.bitselect", [e, upper, isLow]);
  }

  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} float32`,
    operands: 1,
    lanes: 4,
    work: (b, { inputs: [place], output: at, count }) => {
      const values = loadFloats(b, place, count).map((x) =>
        b.let(
          "y",
          operator.op === "TANH" ? new FloatExponential(b, constants).tanh(x) : logistic(b, x),
        )
      );
      storeFloats(b, { values, at, count });
    },
  });
}
