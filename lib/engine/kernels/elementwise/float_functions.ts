import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { LOWER, UPPER } from "../../reference/sigmoid.ts";
import { clampFloats, loadFloats, storeFloats } from "../vectors/float_vectors.ts";
import { LANES } from "../vectors/quantized_vectors.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { FloatExponential } from "./float_exp.ts";

/** Activations of float32 that are plain arithmetic. */
export function floatFunction(layer: Layer): LayerKernel | null {
  const { operator, constants, outputs: [output] } = layer;
  const compute = functionOf(layer, constants);
  if (output.tensor.dtype !== "float32" || compute === null) return null;
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} float32`,
    operands: 1,
    lanes: LANES,
    work: (b, { inputs: [place], output: at, count }) => {
      storeFloats(b, { values: loadFloats(b, place, count).map(compute), at, count });
    },
  });
}

function functionOf({ operator }: Layer, pool: ConstantPool): ((x: Value) => Value) | null {
  const zero = pool.splatF32(0);
  switch (operator.op) {
    case "RELU":
      return (x) => apply("v128.andnot", [x, apply("f32x4.lt", [x, zero])]);
    case "RELU6":
      return (x) => clampFloats(pool, x, { min: 0, max: 6 });
    case "LEAKY_RELU": {
      const alpha = pool.splatF32(operator.attributes.alpha);
      return (x) => {
        const slope = apply("f32x4.mul", [x, alpha]);
        return apply("v128.bitselect", [x, slope, apply("f32x4.gt", [x, zero])]);
      };
    }
    case "HARD_SWISH":
      return (x) => {
        const moved = apply("f32x4.add", [x, pool.splatF32(3)]);
        const gate = clampFloats(pool, moved, { min: 0, max: 6 });
        return apply("f32x4.div", [apply("f32x4.mul", [x, gate]), pool.splatF32(6)]);
      };
    default:
      return null;
  }
}

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
