import { checkArguments } from "../../check_arguments.ts";
import { dtypeRange } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import type { Tensor } from "../../model/tensor.ts";

/**
 * The real numbers of black and white.
 *
 * @category Files in and out
 */
export type PixelRange = readonly [black: number, white: number];

/** How networks are trained, as a rule. */
const USUAL: readonly PixelRange[] = [[0, 1], [-1, 1], [0, 255]];

/** Part of a range's width by which either end may miss it: calibrated scales never fit exactly. */
const TOLERANCE = 0.05;

/**
 * The real numbers that an input takes black and white for, after the numbers that its integers can
 * stand for. If these are [0, 1], [-1, 1] or [0, 255], each end within 5 % of the width, then that;
 * otherwise black is the lowest of them and white the highest. A float32 input that only QUANTIZE
 * reads goes by the result of that; any other float32 input is taken to be trained on [-1, 1].
 *
 * @param tensor Index of the tensor in the model.
 * @throws {TypeError} if the tensor's elements are neither float32 nor integers with one scale.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { pixelRange, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ic");
 * assert.deepEqual(pixelRange(model, model.inputs[0]), [0, 255]);
 * ```
 *
 * @category Files in and out
 */
export function pixelRange(model: Model, tensor: number): PixelRange {
  checkArguments("pixelRange", { model });
  const stored = quantizedForm(model, tensor);
  if (stored === null) return [-1, 1];
  const { name, dtype, quantization } = stored;
  const integers = dtypeRange(dtype);
  // Integers without quantization stand for themselves.
  const { scales, zeroPoints } = quantization ?? { scales: [1], zeroPoints: [0] };
  if (integers === null || scales.length !== 1) {
    throw new TypeError(
      `input "${name}" of ${dtype} with ${scales.length} scales; an image needs float32, or ` +
        "integers with one scale",
    );
  }
  const real = (q: number) => scales[0] * (q - zeroPoints[0]);
  const [low, high] = [real(integers.min), real(integers.max)];
  const usual = USUAL.find(([black, white]) => {
    const off = TOLERANCE * (white - black);
    return Math.abs(low - black) <= off && Math.abs(high - white) <= off;
  });
  return usual ?? [low, high];
}

/** The integer tensor that an input's numbers end up in; null if they stay real. */
function quantizedForm(model: Model, index: number): Tensor | null {
  const tensor = model.tensors[index];
  if (tensor.dtype !== "float32") return tensor;
  const readers = model.operators.filter(({ inputs }) => inputs.includes(index));
  const [first] = readers;
  if (first === undefined || readers.some(({ op }) => op !== "QUANTIZE")) return null;
  return model.tensors[first.outputs[0]];
}
