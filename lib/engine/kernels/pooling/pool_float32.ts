import type { Value } from "../../../kernel/kernel.ts";
import { apply, constant, vectorOfF32 } from "../../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { channelwiseFloat32 } from "../channelwise/channelwise_float32.ts";
import { clampFloats } from "../vectors/float_vectors.ts";
import { layerWindow } from "../walk/open_kernel.ts";

/** AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D of float32: see `channelwiseFloat32`. */
export function poolFloat32(layer: Layer): LayerKernel | null {
  const square = operatorOf(layer, "L2_POOL_2D");
  const average = square ?? operatorOf(layer, "AVERAGE_POOL_2D");
  const pool = average ?? operatorOf(layer, "MAX_POOL_2D");
  const { constants, inputs: [input], outputs: [output], step } = layer;
  if (pool === null || input!.tensor.dtype !== "float32") return null;
  const range = outputRange(pool.attributes.activation, output.tensor);
  const window = layerWindow(layer)!;
  // The zeros of a PAD that the pool does itself are elements like any others.
  const isPadded = step.foldedPadding !== null;
  const divisor = (found: Value): Value => {
    const taps = isPadded ? constant(window.kernelHeight * window.kernelWidth) : found;
    return taps.kind === "constant"
      ? constants.splatF32(Number(taps.value))
      : apply("f32x4.splat", [apply("f32.convert_i32_s", [taps])]);
  };
  return channelwiseFloat32(layer, {
    window,
    operator: {
      name: square ? "L2 pool" : average ? "average pool" : "max pool",
      multiplier: 1,
      update: average ? "add" : "max",
      weights: null,
      biases: null,
      constants: null,
      constantsBehind: 0,
      initial: (isCut) => vectorOfF32(average || isCut && isPadded ? 0 : -Infinity),
      terms: square ? "squares" : "elements",
      combine: (sum, x) => apply(average ? "f32x4.add" : "f32x4.max", [sum, x]),
      finish: (sum, { taps }) => {
        const mean = average ? apply("f32x4.div", [sum, divisor(taps)]) : sum;
        const result = square ? apply("f32x4.sqrt", [mean]) : mean;
        return clampFloats(constants, result, range);
      },
    },
  });
}
