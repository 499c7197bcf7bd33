import type { ConstantArray } from "../../model/constant.ts";
import type { Tensor } from "../../model/tensor.ts";
import { type Image, toChannels } from "./image.ts";
import type { PixelRange } from "./pixel_range.ts";
import { quantizeValues } from "./quantize_values.ts";

/** An image as the elements of an input: its channels, its size, its real numbers, its integers. */
export function imageValues(
  image: Image,
  to: { readonly input: Tensor; readonly range: PixelRange; readonly fit?: ImageFit },
): ConstantArray {
  const { input, range: [black, white], fit } = to;
  const { height, width, channels } = imageShape(input);
  const { values } = resizeImage(toChannels(image, channels), { width, height, fit });
  const reals = values.map((value) => black + value * (white - black));
  // Integers without quantization stand for themselves.
  const quantization = input.quantization ?? { scales: [1], zeroPoints: [0], axis: 0 };
  return quantizeValues(reals, { ...input, quantization });
}

/**
 * How an image of other proportions gets those that are asked for: `stretch` pulls it, `crop` takes
 * the largest part around its middle, `letterbox` puts all of it on black.
 *
 * @category Files in and out
 */
export type ImageFit = "stretch" | "crop" | "letterbox";

/** All of them. */
export const imageFits: readonly ImageFit[] = ["stretch", "crop", "letterbox"];

/** Height, width and channels of [1, h, w, c], [h, w, c] or, grey, [1, h, w]. */
export function imageShape(
  { name, shape }: Tensor,
): { height: number; width: number; channels: 1 | 3 } {
  const inner = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  if (inner.length === 3) {
    const [height, width, channels] = inner;
    if (channels === 1 || channels === 3) return { height, width, channels };
    if (shape.length === 3 && shape[0] === 1) {
      return { height: shape[1], width: shape[2], channels: 1 };
    }
  }
  throw new TypeError(
    `an image for input "${name}" of shape [${shape}], needed [1, height, width, 1 or 3]`,
  );
}

/**
 * Resizes an image, by default without keeping its proportions (`fit`): a weighted mean of the pixels near each new
 * one, by a triangle as wide as two pixels of the coarser of both grids, centres at half pixels.
 * Enlarging, this is bilinear interpolation; shrinking, it averages over the area that a new pixel
 * covers, so that nothing is skipped (`Image.resize` of Pillow with BILINEAR, `tf.image.resize` with
 * `antialias=True`).
 *
 * @throws {RangeError} if width or height is no integer of at least 1, or `fit` no {@link ImageFit}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resizeImage } from "tinyloom";
 *
 * const edge = { width: 2, height: 1, channels: 1, values: new Float32Array([0, 1]) } as const;
 * assert.deepEqual([...resizeImage(edge, { width: 4, height: 1 }).values], [0, 0.25, 0.75, 1]);
 * const { values } = resizeImage(edge, { width: 2, height: 3, fit: "letterbox" });
 * assert.deepEqual([...values], [0, 0, 0, 1, 0, 0]);
 * ```
 *
 * @category Files in and out
 */
export function resizeImage(
  image: Image,
  size: { readonly width: number; readonly height: number; readonly fit?: ImageFit },
): Image {
  const { width, height, fit = "stretch" } = size;
  for (const extent of [size.width, size.height]) {
    if (!(Number.isInteger(extent) && extent >= 1)) {
      throw new RangeError(`size ${size.width} x ${size.height}, needed integers of at least 1`);
    }
  }
  if (!imageFits.includes(fit)) {
    throw new RangeError(`fit "${fit}", needed one of ${imageFits.join(", ")}`);
  }
  // The larger part of either that has the proportions of the other.
  const within = (outer: Image | typeof size, inner: Image | typeof size) => ({
    width: Math.max(
      1,
      Math.min(outer.width, Math.round(outer.height * inner.width / inner.height)),
    ),
    height: Math.max(
      1,
      Math.min(outer.height, Math.round(outer.width * inner.height / inner.width)),
    ),
  });
  if (fit === "crop") return stretched(placed(image, within(image, size)), { width, height });
  if (fit === "letterbox") return placed(stretched(image, within(size, image)), { width, height });
  return stretched(image, { width, height });
}

/** An image with another size around the same middle: cut off, or with black around it. */
function placed(image: Image, { width, height }: Pick<Image, "width" | "height">): Image {
  const { channels } = image;
  const values = new Float32Array(width * height * channels);
  const [left, top] = [
    Math.floor((image.width - width) / 2),
    Math.floor((image.height - height) / 2),
  ];
  const columns = Math.min(width, image.width) * channels;
  for (let y = Math.max(0, -top); y < Math.min(height, image.height - top); y++) {
    const from = ((y + top) * image.width + Math.max(0, left)) * channels;
    const to = (y * width + Math.max(0, -left)) * channels;
    values.set(image.values.subarray(from, from + columns), to);
  }
  return { width, height, channels, values };
}

function stretched(image: Image, size: Pick<Image, "width" | "height">): Image {
  const { channels } = image;
  const wide = resampled(image.values, {
    outer: image.height,
    from: image.width,
    to: size.width,
    inner: channels,
  });
  const values = resampled(wide, {
    outer: 1,
    from: image.height,
    to: size.height,
    inner: size.width * channels,
  });
  return { ...size, channels, values };
}

/** Resamples the middle dimension of [outer, from, inner]. */
export function resampled(
  values: Float32Array,
  shape: { outer: number; from: number; to: number; inner: number },
): Float32Array {
  const { outer, from, to, inner } = shape;
  if (from === to) return values;
  const result = new Float32Array(outer * to * inner);
  for (let i = 0; i < to; i++) {
    const { first, weights } = taps(i, from / to, from);
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < inner; c++) {
        let sum = 0;
        for (let t = 0; t < weights.length; t++) {
          sum += weights[t] * values[(o * from + first + t) * inner + c];
        }
        result[(o * to + i) * inner + c] = sum;
      }
    }
  }
  return result;
}

/** The old pixels that new pixel i is the mean of; at the borders there are fewer. */
function taps(i: number, step: number, from: number): { first: number; weights: number[] } {
  const centre = (i + 0.5) * step;
  const reach = Math.max(1, step);
  const first = Math.max(0, Math.ceil(centre - reach - 0.5));
  const last = Math.min(from - 1, Math.floor(centre + reach - 0.5));
  const weights: number[] = [];
  for (let j = first; j <= last; j++) weights.push(1 - Math.abs(j + 0.5 - centre) / reach);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first, weights: weights.map((weight) => weight / total) };
}
