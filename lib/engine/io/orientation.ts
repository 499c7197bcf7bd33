import type { Image } from "./image.ts";

const ORIENTATION = 0x0112;

/**
 * How a JPEG file says that it is to be turned, from 1 (as it is) to 8. Source: CIPA DC-008, "Exif",
 * section 4.6.4 (Orientation): which visual side rows and columns begin at.
 */
export function orientationOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda;) {
    const size = view.getUint16(at + 2);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 10));
    if (bytes[at + 1] === 0xe1 && name === "Exif\0\0") {
      return inDirectory(bytes.subarray(at + 10, at + 2 + size));
    }
    at += 2 + size;
  }
  return 1;
}

/** The entry of the first directory of a TIFF file. */
function inDirectory(tiff: Uint8Array): number {
  if (tiff.length < 14) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const isLittle = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, isLittle);
  const entries = directory + 2 <= tiff.length ? view.getUint16(directory, isLittle) : 0;
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > tiff.length) break;
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Where in the stored image the pixel of the upright one stands, for images of width w, height h. */
const SOURCES: Readonly<
  Record<number, (x: number, y: number, w: number, h: number) => readonly [number, number]>
> = {
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
};

/** The image as it is to be seen. */
export function upright(image: Image, orientation: number): Image {
  const source = SOURCES[orientation];
  if (source === undefined) return image;
  const { width, height, channels, values } = image;
  const isTurned = orientation >= 5;
  const [wide, high] = isTurned ? [height, width] : [width, height];
  const turned = new Float32Array(values.length);
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const [fromX, fromY] = source(x, y, width, height);
      const from = (fromY * width + fromX) * channels;
      for (let c = 0; c < channels; c++) turned[to++] = values[from + c];
    }
  }
  return { width: wide, height: high, channels, values: turned };
}
