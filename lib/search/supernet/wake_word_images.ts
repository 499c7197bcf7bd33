import { xoroshiro128plus } from "../../npm/pure_rand.ts";
import { renderScene } from "./render_scene.ts";
import { drawScene } from "./scene.ts";

/**
 * Images with a class each. Plain data.
 *
 * @category Super-networks
 */
export interface LabelledImages {
  /** Grey values, `[count][resolution][resolution]`. */
  readonly pixels: Uint8Array;
  /** Class of each image. */
  readonly labels: Uint8Array;
  /** Height and width. */
  readonly resolution: number;
}

/**
 * Options of `wakeWordImages`.
 *
 * @category Super-networks
 */
export interface WakeWordOptions {
  /** Determines every image. */
  readonly seed: number;
  /** Number of images. */
  readonly count: number;
  /** Height and width in pixels. */
  readonly resolution: number;
}

/**
 * A "visual wake word" set in small: is a figure (a disc above a box) in the image? Position, scale,
 * contrast, clutter and noise vary, and most images without a figure show its parts in another
 * arrangement. Half of the images have one. The same seed gives the same scenes at every resolution.
 *
 * @throws {RangeError} if the count or the resolution is not a positive integer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { wakeWordImages } from "tinyloom";
 *
 * const { pixels, labels } = wakeWordImages({ seed: 1, count: 4, resolution: 32 });
 * assert.equal(pixels.length, 4 * 32 * 32);
 * assert.deepEqual([...labels], [0, 1, 0, 1]);
 * ```
 *
 * @category Super-networks
 */
export function wakeWordImages({ seed, count, resolution }: WakeWordOptions): LabelledImages {
  for (const [name, value] of Object.entries({ count, resolution })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`${name} ${value}, needed a positive integer`);
    }
  }
  const random = xoroshiro128plus(seed);
  const size = resolution ** 2;
  const pixels = new Uint8Array(count * size);
  const labels = Uint8Array.from({ length: count }, (_, image) => image % 2);
  labels.forEach((label, image) => {
    const scene = drawScene(random, label as 0 | 1);
    renderScene(scene, pixels.subarray(image * size, (image + 1) * size));
  });
  return { pixels, labels, resolution };
}
