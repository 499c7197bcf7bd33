import { checkOptions, checkWhole } from "../../check_arguments.ts";
import { lookedAfter, throwIfStopped } from "../../host.ts";
import { bell } from "../../model/zoo/bell.ts";
import { xoroshiro128plus } from "../../npm/pure_rand.ts";
import { exampleBytes, type LabelledData, shapeText } from "../data/labelled_data.ts";
import type { SupernetSpace } from "./supernet_space.ts";
import { drawScene, type Scene, type Shape } from "./scene.ts";

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
  /** Ends it between two images. */
  readonly signal?: AbortSignal;
}

/**
 * A "visual wake word" set in small: is a figure (a disc above a box) in the image? Position, scale,
 * contrast, clutter and noise vary, and most images without a figure show its parts in another
 * arrangement. Half of the images have one. The same seed gives the same scenes at every resolution.
 *
 * @throws {RangeError} if the count or the resolution is not a positive integer.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
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
export function wakeWordImages(options: WakeWordOptions): LabelledData {
  checkOptions("wakeWordImages", options, "seed count resolution signal");
  const { seed, count, resolution, signal } = options;
  checkWhole({ count, resolution });
  const random = xoroshiro128plus(seed);
  const size = resolution ** 2;
  const pixels = new Uint8Array(count * size);
  const labels = Uint16Array.from({ length: count }, (_, image) => image % 2);
  const draw = () =>
    labels.forEach((label, image) => {
      throwIfStopped();
      const scene = drawScene(random, label as 0 | 1);
      renderScene(scene, pixels.subarray(image * size, (image + 1) * size));
    });
  lookedAfter(null, draw, { signal });
  const classes = ["no figure", "figure"];
  return { pixels, labels, height: resolution, width: resolution, channels: 1, classes };
}

/** Refuses a space that cannot tell `wakeWordImages` apart. */
export function checkWakeWords(space: SupernetSpace): void {
  const { inputChannels = 1, classes, columns } = space;
  if (inputChannels === 1 && classes === 2 && columns === undefined) return;
  throw new RangeError(
    `a space of ${classes} classes and ${inputChannels} channels` +
      `${columns === undefined ? "" : ", not square"}: needed examples for it, since wake word ` +
      "images are square, grey and of 2 classes",
  );
}

/** Draws a scene as grey pixels of 0 to 255, row by row. */
function renderScene(scene: Scene, pixels: Uint8Array): void {
  const side = Math.sqrt(pixels.length);
  const { shapes, background: [middle, right, down], noise, noiseSeed } = scene;
  const grey = new Float64Array(pixels.length);
  for (let i = 0; i < grey.length; i++) {
    const [row, column] = [Math.floor(i / side), i % side];
    grey[i] = middle + right * (column / side - 0.5) + down * (row / side - 0.5);
  }
  for (const shape of shapes) paint(shape, grey, side);
  const random = xoroshiro128plus(noiseSeed);
  for (let i = 0; i < grey.length; i += 4) {
    const bits = random.next();
    for (let j = i; j < Math.min(i + 4, grey.length); j++) {
      const value = grey[j] + noise * bell[bits >>> 8 * (j - i) & 255];
      pixels[j] = Math.min(255, Math.max(0, Math.round(255 * value)));
    }
  }
}

/** Covers pixels as far as the shape does: its edges are one pixel wide. */
function paint(shape: Shape, grey: Float64Array, side: number): void {
  const { kind, x, y, halfWidth, halfHeight, turn, brightness } = shape;
  const reach = Math.hypot(halfWidth, halfHeight) + 1 / side;
  const bound = (value: number) => Math.min(side, Math.max(0, Math.ceil(value * side)));
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  for (let row = bound(y - reach); row < bound(y + reach); row++) {
    for (let column = bound(x - reach); column < bound(x + reach); column++) {
      const [dx, dy] = [(column + 0.5) / side - x, (row + 0.5) / side - y];
      const distance = kind === "disc" ? Math.hypot(dx, dy) - halfWidth : Math.max(
        Math.abs(dx * cos + dy * sin) - halfWidth,
        Math.abs(dy * cos - dx * sin) - halfHeight,
      );
      const cover = Math.min(1, Math.max(0, 0.5 - distance * side));
      const i = row * side + column;
      grey[i] += cover * (brightness - grey[i]);
    }
  }
}

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
 * Examples side by side as SVG, to be shown in a notebook; of two classes, the second has a light frame.
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
  { pixels, labels, classes, ...example }: LabelledData,
  options: ImageSheetOptions = {},
): Promise<{ readonly svg: string; readonly text: string }> {
  checkOptions("imageSheet", options, "count columns zoom");
  const { count = 16, columns = 8, zoom = 2 } = options;
  for (const [name, value] of Object.entries({ count, columns })) {
    if (!(value >= 1)) throw new RangeError(`${name} is ${value}, needed at least 1`);
  }
  const shown = Math.min(count, labels.length);
  const [stepX, stepY] = [example.width + GAP, example.height + GAP];
  const width = Math.min(columns, shown) * stepX + GAP;
  const height = Math.ceil(shown / columns) * stepY + GAP;
  const data = new Uint8Array(width * height * 4);
  const paint = (x: number, y: number, [r, g = r, b = r]: ArrayLike<number> & Iterable<number>) =>
    data.set([r, g, b, OPAQUE], (y * width + x) * 4);
  for (let i = 0; i < width * height; i++) paint(i % width, Math.floor(i / width), [0]);
  for (let image = 0; image < shown; image++) {
    const left = image % columns * stepX + GAP;
    const top = Math.floor(image / columns) * stepY + GAP;
    if (classes.length === 2 && labels[image] === 1) {
      for (let y = -GAP / 2; y < example.height + GAP / 2; y++) {
        const isEdge = y === -GAP / 2 || y === example.height + GAP / 2 - 1;
        const last = example.width + GAP / 2 - 1;
        for (let x = -GAP / 2; x <= last; x += isEdge ? 1 : last + GAP / 2) {
          paint(left + x, top + y, [OPAQUE]);
        }
      }
    }
    const { channels } = example;
    for (let i = 0; i < example.height * example.width; i++) {
      const at = image * exampleBytes(example) + i * channels;
      const pixel = pixels.subarray(at, at + (channels === 3 ? 3 : 1));
      paint(left + i % example.width, top + Math.floor(i / example.width), pixel);
    }
  }
  const { encode } = await import("../../npm/jpeg.ts");
  const jpeg = new Uint8Array(encode({ data, width, height }, QUALITY).data);
  const size = `width="${width * zoom}" height="${height * zoom}"`;
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}">` +
      `<image width="${width}" height="${height}" style="image-rendering:pixelated" ` +
      `href="data:image/jpeg;base64,${jpeg.toBase64()}"/></svg>`,
    text: `${shown} examples of ${shapeText(example)}`,
  };
}
