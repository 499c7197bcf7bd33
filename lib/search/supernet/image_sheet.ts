import type { LabelledImages } from "./wake_word_images.ts";

/**
 * Options of `imageSheet`.
 *
 * @category Super-networks
 */
export interface ImageSheetOptions {
  /** Images shown, the first ones; 16 when absent. */
  readonly count?: number;
  /** Images in a row; 8 when absent. */
  readonly columns?: number;
  /** Factor of the pixels on the screen; 2 when absent. */
  readonly zoom?: number;
}

const GAP = 4;
const OPAQUE = 255;
const QUALITY = 92;

/**
 * Images side by side as SVG, to be shown in a notebook; those of class 1 have a light frame.
 *
 * @throws {RangeError} if `count` or `columns` is less than 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { imageSheet, wakeWordImages } from "tinyloom";
 *
 * const images = wakeWordImages({ seed: 1, count: 4, resolution: 32 });
 * const { svg } = await imageSheet(images, { columns: 4, zoom: 1 });
 * assert.ok(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" width="148" height="40"'));
 * ```
 *
 * @category Super-networks
 */
export async function imageSheet(
  { pixels, labels, resolution }: LabelledImages,
  options: ImageSheetOptions = {},
): Promise<{ readonly svg: string; readonly text: string }> {
  const { count = 16, columns = 8, zoom = 2 } = options;
  for (const [name, value] of Object.entries({ count, columns })) {
    if (!(value >= 1)) throw new RangeError(`${name} is ${value}, needed at least 1`);
  }
  const shown = Math.min(count, labels.length);
  const step = resolution + GAP;
  const width = Math.min(columns, shown) * step + GAP;
  const height = Math.ceil(shown / columns) * step + GAP;
  const data = new Uint8Array(width * height * 4);
  const paint = (x: number, y: number, grey: number) =>
    data.set([grey, grey, grey, OPAQUE], (y * width + x) * 4);
  for (let i = 0; i < width * height; i++) paint(i % width, Math.floor(i / width), 0);
  for (let image = 0; image < shown; image++) {
    const left = image % columns * step + GAP;
    const top = Math.floor(image / columns) * step + GAP;
    if (labels[image] === 1) {
      for (let i = -GAP / 2; i < resolution + GAP / 2; i++) {
        for (const edge of [-GAP / 2, resolution + GAP / 2 - 1]) {
          paint(left + i, top + edge, OPAQUE);
          paint(left + edge, top + i, OPAQUE);
        }
      }
    }
    for (let i = 0; i < resolution ** 2; i++) {
      const [row, column] = [Math.floor(i / resolution), i % resolution];
      paint(left + column, top + row, pixels[image * resolution ** 2 + i]);
    }
  }
  const { encode } = await import("../../npm/jpeg.ts");
  const jpeg = new Uint8Array(encode({ data, width, height }, QUALITY).data);
  const size = `width="${width * zoom}" height="${height * zoom}"`;
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}">` +
      `<image width="${width}" height="${height}" style="image-rendering:pixelated" ` +
      `href="data:image/jpeg;base64,${jpeg.toBase64()}"/></svg>`,
    text: `${shown} images of ${resolution} x ${resolution} pixels`,
  };
}
