import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { concatBytes } from "./concat_bytes.ts";
import { bytesOfValues, valuesOfBytes } from "./values_of_bytes.ts";
import { writeNpy } from "./write_npy.ts";

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
