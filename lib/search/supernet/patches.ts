import { windowExtent } from "../../model/window.ts";
import { STEM_TAPS } from "./elastic_layers.ts";
import { floatsAt } from "./training_memory.ts";
import type { LabelledImages } from "./wake_word_images.ts";
import type { Workspace } from "./workspace.ts";

/** Real values of pixels: `(p - 128) / 128`, so that int8 represents them exactly. */
export const PIXEL_SCALE = 1 / 128;
const PIXEL_MIDDLE = 128;

const KERNEL = 3;
const STRIDE = 2;

/** Which images a batch has; a mirrored one is turned left to right. */
export interface BatchImages {
  readonly images: LabelledImages;
  readonly indices: readonly number[];
  readonly mirrored?: readonly boolean[];
}

/** Puts a batch's patches into the workspace. */
export function loadPatches(
  { memory, layers, patches }: Workspace,
  batch: BatchImages,
): void {
  const side = Math.ceil(batch.images.resolution / layers[0].stride);
  fillPatches(batch, floatsAt(memory, patches, batch.indices.length * side ** 2 * STEM_TAPS));
}

/**
 * The stem's windows as rows of `STEM_TAPS` values (im2col): 9 pixels, 0 outside of the image, and
 * zeros.
 */
function fillPatches(
  { images, indices, mirrored }: BatchImages,
  patches: Float32Array,
): void {
  const { pixels, resolution } = images;
  const { output, before } = windowExtent({
    input: resolution,
    filter: KERNEL,
    stride: STRIDE,
    padding: "SAME",
  });
  const extent = (output - 1) * STRIDE + KERNEL;
  const bordered = new Float32Array(extent ** 2);
  patches.fill(0);
  indices.forEach((image, i) => {
    const last = mirrored?.[i] ? resolution - 1 : 0;
    const direction = mirrored?.[i] ? -1 : 1;
    for (let y = 0; y < resolution; y++) {
      const from = (image * resolution + y) * resolution + last;
      const to = (y + before) * extent + before;
      for (let x = 0; x < resolution; x++) {
        bordered[to + x] = (pixels[from + direction * x] - PIXEL_MIDDLE) * PIXEL_SCALE;
      }
    }
    let to = i * output ** 2 * STEM_TAPS;
    for (let row = 0; row < output; row++) {
      for (let column = 0; column < output; column++, to += STEM_TAPS) {
        for (let y = 0; y < KERNEL; y++) {
          const from = (row * STRIDE + y) * extent + column * STRIDE;
          for (let x = 0; x < KERNEL; x++) patches[to + y * KERNEL + x] = bordered[from + x];
        }
      }
    }
  });
}

/** int8 values of an image's pixels: with scale `PIXEL_SCALE` and zero point 0 the same real values. */
export function pixelsAsInt8({ pixels, resolution }: LabelledImages, image: number): Int8Array {
  const size = resolution ** 2;
  return Int8Array.from(
    pixels.subarray(image * size, (image + 1) * size),
    (pixel) => pixel - PIXEL_MIDDLE,
  );
}

/** Real values of an image's pixels. */
export function pixelsAsFloats(
  { pixels, resolution }: LabelledImages,
  image: number,
): Float32Array<ArrayBuffer> {
  const size = resolution ** 2;
  return Float32Array.from(
    pixels.subarray(image * size, (image + 1) * size),
    (pixel) => (pixel - PIXEL_MIDDLE) * PIXEL_SCALE,
  );
}
