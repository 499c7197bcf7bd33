import { checkArguments } from "../../check_arguments.ts";
import { imageKind } from "./file_format.ts";
import { type Image, MAX_PIXELS, unitValues } from "./image.ts";

/**
 * Decodes a PNG, JPEG, BMP or GIF file (of a GIF the first picture); which, its first bytes tell. An
 * image is turned upright as its file says (Exif); colour profiles and gamma are not applied.
 *
 * @throws {TypeError} if it is none of them, or damaged.
 * @throws {RangeError} if it has more than 100 million pixels.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeImage } from "tinyloom";
 *
 * const text = new TextEncoder().encode("no picture");
 * await assert.rejects(decodeImage(text), /neither PNG nor JPEG/);
 * ```
 *
 * @category Files in and out
 */
export async function decodeImage(bytes: Uint8Array): Promise<Image> {
  checkArguments("decodeImage", { bytes });
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    const { decodePng } = await import("./decode_png.ts");
    return decodePng(bytes);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return upright(await decodeJpeg(bytes), orientationOf(bytes));
  }
  const kind = imageKind(bytes);
  if (kind === "BMP") {
    return decodeBmp(bytes);
  }
  if (kind === "GIF") return await decodeGif(bytes);
  if (kind !== null) {
    throw new TypeError(`a ${kind} image, which is not read: convert it to PNG or JPEG`);
  }
  throw new TypeError(`an image that is neither PNG nor JPEG: it begins with ${firstBytes(bytes)}`);
}

/** The first picture of a GIF file. */
async function decodeGif(bytes: Uint8Array): Promise<Image> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = bytes.length < 10
    ? [0, 0]
    : [view.getUint16(6, true), view.getUint16(8, true)];
  if (width * height === 0 || width * height > MAX_PIXELS) {
    throw new RangeError(`GIF of ${width} x ${height} pixels, needed 1 to ${MAX_PIXELS}`);
  }
  const { GifReader } = await import("../../npm/omggif.ts");
  try {
    const pixels = new Uint8Array(4 * width * height);
    new GifReader(bytes).decodeAndBlitFrameRGBA(0, pixels);
    return { width, height, channels: 4, values: unitValues(pixels, 255) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`GIF that cannot be decoded: ${why}`, { cause: error });
  }
}

function firstBytes(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : `bytes ${bytes.subarray(0, 4).toHex()}`;
}

/** Decodes a JPEG file, baseline or progressive; grey ones come as RGB too. */
async function decodeJpeg(bytes: Uint8Array): Promise<Image> {
  const { decode } = await import("../../npm/jpeg.ts");
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: MAX_PIXELS / 1e6,
      maxMemoryUsageInMB: 2048,
    });
    return { width, height, channels: 3, values: unitValues(data, 255) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (why.includes("limit exceeded")) throw new RangeError(`JPEG too large: ${why}`);
    throw new TypeError(`JPEG that cannot be decoded: ${why}`, { cause: error });
  }
}

const FILE_HEADER_BYTES = 14;

/**
 * Decodes a BMP file without compression: 8 bits with a palette, 24 or 32 bits. Source: Microsoft,
 * BITMAPFILEHEADER and BITMAPINFOHEADER.
 */
export function decodeBmp(bytes: Uint8Array): Image {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 54) throw new TypeError(`BMP cut off at ${bytes.length} bytes`);
  const pixelsAt = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const [width, rows] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const height = Math.abs(rows);
  // Compression 3 names the masks of 32 bits, which are the usual ones but in rare files.
  const isKnown = [8, 24, 32].includes(bits) &&
    (compression === 0 || compression === 3 && bits === 32);
  if (headerBytes < 40 || !isKnown) {
    throw new TypeError(
      `BMP of ${bits} bits with compression ${compression}, needed 8, 24 or 32 bits without: ` +
        "convert it to PNG",
    );
  }
  if (!(width > 0 && height > 0 && width * height <= MAX_PIXELS)) {
    throw new RangeError(`BMP of ${width} x ${height} pixels, needed 1 to ${MAX_PIXELS}`);
  }
  const rowBytes = Math.ceil(width * bits / 32) * 4;
  if (pixelsAt + rowBytes * height > bytes.length) {
    throw new TypeError(
      `BMP cut off at ${bytes.length} bytes, needed ${pixelsAt + rowBytes * height}`,
    );
  }
  const palette = FILE_HEADER_BYTES + headerBytes;
  const samples = new Uint8Array(3 * width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = pixelsAt + rowBytes * (rows > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      // Blue stands first.
      const at = bits === 8 ? palette + 4 * bytes[row + x] : row + x * bits / 8;
      for (const c of [2, 1, 0]) samples[to++] = bytes[at + c];
    }
  }
  return { width, height, channels: 3, values: unitValues(samples, 255) };
}

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
