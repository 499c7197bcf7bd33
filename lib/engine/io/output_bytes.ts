import { checkArguments } from "../../check_arguments.ts";
import type { ConstantArray } from "../../model/constant.ts";
import { dtypeRange } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import type { Tensor } from "../../model/tensor.ts";
import { bytesOfValues, concatBytes, valuesOfBytes } from "./bytes.ts";
import { writeNpy } from "./npy.ts";

/**
 * What runs gave as the content of a raw file: frame after frame, in each the graph's outputs in its
 * order, little-endian, nothing between.
 *
 * @param frames For every frame, the elements of each graph output.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { outputBytes } from "tinyloom";
 *
 * const frames = [[new Int8Array([1]), new Int16Array([2])], [new Int8Array([3]), new Int16Array([4])]];
 * assert.deepEqual([...outputBytes(frames)], [1, 2, 0, 3, 4, 0]);
 * ```
 *
 * @category Files in and out
 */
export function outputBytes(
  frames: readonly (readonly ConstantArray[])[],
): Uint8Array<ArrayBuffer> {
  return concatBytes(frames.flat().map(bytesOfValues));
}

/**
 * What runs of a model with one output gave as a `.npy` file, the frames in the leading dimension:
 * in place of a leading 1, or in front of the output's shape.
 *
 * @param frames For every frame, the elements of the graph's output.
 * @throws {TypeError} if the model has several outputs, or one of a type that NumPy has not.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { outputNpy, readNpy, zoo } from "tinyloom";
 *
 * const frame = [new Int8Array(12)];
 * const file = outputNpy([frame, frame], zoo("mlperf-tiny-kws"));
 * assert.deepEqual(readNpy(file).shape, [2, 12]);
 * ```
 *
 * @category Files in and out
 */
export function outputNpy(
  frames: readonly (readonly ConstantArray[])[],
  model: Model,
): Uint8Array<ArrayBuffer> {
  checkArguments("outputNpy", { model });
  if (model.outputs.length !== 1) {
    throw new TypeError(
      `.npy for ${model.outputs.length} outputs, needed one; a raw file takes all`,
    );
  }
  const { dtype, shape } = model.tensors[model.outputs[0]];
  const inner = shape[0] === 1 ? shape.slice(1) : shape;
  const values = valuesOfBytes(outputBytes(frames), dtype);
  return writeNpy({ dtype, shape: [frames.length, ...inner], values });
}

/**
 * The real numbers that a tensor's elements stand for: `scale * (q - zeroPoint)` for integers with
 * one scale; other elements stand for themselves.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { realValues } from "tinyloom";
 *
 * const quantization = { scales: [1 / 256], zeroPoints: [-128], axis: 0 };
 * const tensor = { name: "p", dtype: "int8", shape: [2], quantization, data: null, isVariable: false } as const;
 * assert.deepEqual(realValues(new Int8Array([-128, 0]), tensor), new Float64Array([0, 0.5]));
 * ```
 *
 * @category Files in and out
 */
export function realValues(values: ConstantArray, tensor: Tensor): Float64Array {
  const { dtype, quantization } = tensor;
  const isQuantized = dtypeRange(dtype) !== null && quantization?.scales.length === 1;
  const scale = isQuantized ? quantization.scales[0] : 1;
  const zeroPoint = isQuantized ? quantization.zeroPoints[0] : 0;
  return Float64Array.from(
    values as ArrayLike<number | bigint>,
    (q) => scale * (Number(q) - zeroPoint),
  );
}
