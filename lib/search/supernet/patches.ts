import { windowExtent } from "../../model/window.ts";
import { STEM_TAPS } from "./elastic_layers.ts";
import { PATCH_SIDE, PATCH_STRIDE } from "./kernels/patches_kernel.ts";
import { floatsAt } from "./training_memory.ts";
import type { LabelledImages } from "./wake_word_images.ts";
import type { Workspace } from "./workspace.ts";

/** Real values of pixels: `(p - 128) / 128`, so that int8 represents them exactly. */
export const PIXEL_SCALE = 1 / 128;
const PIXEL_MIDDLE = 128;

/** Which images a batch has; a mirrored one is turned left to right. */
export interface BatchImages {
  readonly images: LabelledImages;
  readonly indices: readonly number[];
  readonly mirrored?: readonly boolean[];
}

/** Puts a batch's patches into the workspace. */
export function loadPatches(
  { memory, patches, scratch }: Pick<Workspace, "memory" | "patches" | "scratch">,
  { images, indices, mirrored }: BatchImages,
): void {
  const { pixels, resolution } = images;
  const { output, before, extent } = stemWindow(resolution);
  const bordered = floatsAt(memory, scratch, patchScratchFloats(resolution)).fill(0);
  indices.forEach((image, i) => {
    const isMirrored = mirrored?.[i] ?? false;
    const direction = isMirrored ? -1 : 1;
    for (let y = 0; y < resolution; y++) {
      const from = (image * resolution + y) * resolution + (isMirrored ? resolution - 1 : 0);
      const to = (y + before) * extent + before;
      for (let x = 0; x < resolution; x++) {
        bordered[to + x] = (pixels[from + direction * x] - PIXEL_MIDDLE) * PIXEL_SCALE;
      }
    }
    const to = patches + i * output ** 2 * STEM_TAPS * 4;
    memory.kernels.patches(scratch, extent * 4, to, output, output);
  });
}

/** Room that `loadPatches` works in: an image with its border, and what a vector reads beyond. */
export function patchScratchFloats(resolution: number): number {
  return stemWindow(resolution).extent ** 2 + 1;
}

function stemWindow(resolution: number) {
  const { output, before } = windowExtent({
    input: resolution,
    filter: PATCH_SIDE,
    stride: PATCH_STRIDE,
    padding: "SAME",
  });
  return { output, before, extent: (output - 1) * PATCH_STRIDE + PATCH_SIDE };
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
