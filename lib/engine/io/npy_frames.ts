import type { ConstantArray } from "../../model/constant.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { NpyArray } from "./npy.ts";
import { quantizeValues } from "./quantize_values.ts";

/**
 * One input's elements for every frame of an array. Its shape is the input's, with or without a
 * leading dimension of 1, and may have the frames in one more dimension in front (or in place of
 * that 1). Elements are of the input's type, or float32 or float64, which are quantized.
 */
export function npyFrames(array: NpyArray, input: Tensor): readonly ConstantArray[] {
  const { shape } = array;
  const [batch, ...inner] = input.shape;
  const single = batch === 1 ? [input.shape, inner] : [input.shape];
  const isFrame = single.some((each) => same(shape, each));
  if (!isFrame && !single.some((each) => shape.length > 0 && same(shape.slice(1), each))) {
    const forms = single.flatMap((each) => [`[${each}]`, `[${["frames", ...each]}]`]);
    throw new TypeError(`array of shape [${shape}], needed ${[...new Set(forms)].join(" or ")}`);
  }
  const size = elements(input.shape);
  const frames = isFrame ? 1 : shape[0];
  if (frames === 0) throw new RangeError(`array of shape [${shape}] has no frames`);
  const values = converted(array, input);
  return Array.from({ length: frames }, (_, i) => values.slice(i * size, (i + 1) * size));
}

function converted({ dtype, values }: NpyArray, input: Tensor): ConstantArray {
  if (dtype === input.dtype) return values;
  if (values instanceof Float32Array) return quantizeValues(values, input);
  if (values instanceof Float64Array) return quantizeValues(Float32Array.from(values), input);
  const others = input.dtype === "float32" ? "float64" : "float32, float64";
  throw new TypeError(`array of ${dtype}, needed ${input.dtype} or ${others}`);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}
