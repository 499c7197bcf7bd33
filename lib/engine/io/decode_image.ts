import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { imageKind } from "./file_format.ts";
import { checkPixels, type Image, type ImageLimits, MOST_PIXELS, unitValues } from "./image.ts";

/**
 * Options of `decodeImage`.
 *
 * @category Files in and out
 */
export interface DecodeImageOptions {
  /** What a picture may take. */
  readonly limits?: ImageLimits;
}

/**
 * Decodes a PNG, JPEG, BMP or GIF file (of a GIF the first picture); which, its first bytes tell. An
 * image is turned upright as its file says (Exif); colour profiles and gamma are not applied.
 *
 * @throws {TypeError} if it is none of them, or damaged.
 * @throws {RangeError} if it has more pixels than `limits` say, 2^24 (4096 x 4096) by default; its size is
 *   judged before memory is taken for it.
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
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeImageOptions = {},
): Promise<Image> {
  checkOptions("decodeImage", options, "limits");
  checkArguments("decodeImage", { bytes });
  const { limits = {} } = options;
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    const { decodePng } = await import("./decode_png.ts");
    return decodePng(bytes, limits);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return upright(await decodeJpeg(bytes, limits), orientationOf(bytes));
  }
  const kind = imageKind(bytes);
  if (kind === "BMP") {
    const { decodeBmp } = await import("./decode_bmp.ts");
    return decodeBmp(bytes, limits);
  }
  if (kind === "GIF") {
    const { decodeGif } = await import("./decode_gif.ts");
    return decodeGif(bytes, limits);
  }
  if (kind !== null) {
    throw new TypeError(`a ${kind} image, which is not read: convert it to PNG or JPEG`);
  }
  throw new TypeError(`an image that is neither PNG nor JPEG: it begins with ${firstBytes(bytes)}`);
}

function firstBytes(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : `bytes ${bytes.subarray(0, 4).toHex()}`;
}

/** What the decoder holds: three components as coefficients of 4 bytes, as samples, and as pixels. */
const JPEG_PIXEL_BYTES = 3 * (4 + 1 + 1) + 6;

/** Decodes a JPEG file, baseline or progressive; grey ones come as RGB too. */
async function decodeJpeg(bytes: Uint8Array, limits: ImageLimits): Promise<Image> {
  checkJpeg(bytes, limits);
  const { pixels = MOST_PIXELS } = limits;
  const { decode } = await import("../../npm/jpeg.ts");
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      // Judged above already, but for headers that only the decoder finds among damaged ones.
      maxResolutionInMP: pixels / 1e6,
      maxMemoryUsageInMB: 64 + JPEG_PIXEL_BYTES * pixels / 2 ** 20,
    });
    return { width, height, channels: 3, values: unitValues(data, 255) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (why.includes("limit exceeded")) throw new RangeError(`JPEG too large: ${why}`);
    throw new TypeError(`JPEG that cannot be decoded: ${why}`, { cause: error });
  }
}

/** More passes over a progressive picture than anybody writes: each takes the time of the picture. */
const MOST_SCANS = 100;

/**
 * Judges a JPEG file by its headers, before memory is taken for its blocks: of 8 x 8 samples each, of
 * which the first scan holds at least one bit. Source: ITU-T T.81, sections B.2.2 and F.2.2.
 */
function checkJpeg(bytes: Uint8Array, limits: ImageLimits): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  for (const { marker, at, size } of jpegSegments(bytes, view)) {
    if (marker === 0xda && ++scans > MOST_SCANS) {
      throw new RangeError(`JPEG of more than ${MOST_SCANS} scans`);
    }
    if (!FRAMES.includes(marker) || size < 8) continue;
    const [height, width] = [view.getUint16(at + 3), view.getUint16(at + 5)];
    checkPixels("JPEG", { width, height }, limits);
    const components = Array.from(
      { length: Math.min(bytes[at + 7], Math.floor((size - 8) / 3)) },
      (_, i) => bytes[at + 9 + 3 * i],
    ).map((factors) => ({ across: factors >> 4, down: factors & 15 }));
    if (components.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4)) {
      throw new TypeError("JPEG with a sampling factor that is none of 1 to 4");
    }
    const [acrossMost, downMost] = [
      Math.max(...components.map(({ across }) => across)),
      Math.max(...components.map(({ down }) => down)),
    ];
    const blocks = components.reduce(
      (sum, { across, down }) =>
        sum + Math.ceil(width * across / acrossMost / 8) * Math.ceil(height * down / downMost / 8),
      0,
    );
    if (blocks > 8 * bytes.length) {
      throw new TypeError(
        `JPEG that cannot be decoded: ${blocks} blocks of ${width} x ${height} pixels are not in ` +
          `${bytes.length} bytes`,
      );
    }
  }
}

// Start of frame: baseline, extended, progressive; others are not decoded.
const FRAMES = [0xc0, 0xc1, 0xc2];

/** Every marker with a length, also behind scans: `at` is where its length stands. */
function* jpegSegments(bytes: Uint8Array, view: DataView) {
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1];
    // Within a scan: bytes, zeros behind 0xff that are none, and restarts.
    const isNone = bytes[at] !== 0xff || marker === 0 || marker === 0xff || marker === 1 ||
      marker >= 0xd0 && marker <= 0xd9;
    const size = isNone ? 0 : view.getUint16(at + 2);
    if (size >= 2 && at + 2 + size <= bytes.length) yield { marker, at: at + 2, size };
    at += isNone ? 1 : 2 + size;
  }
}

const ORIENTATION = 0x0112;

/**
 * How a JPEG file says that it is to be turned, from 1 (as it is) to 8. Source: CIPA DC-008, "Exif",
 * section 4.6.4 (Orientation): which visual side rows and columns begin at.
 */
export function orientationOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return 1;
  for (const { marker, at, size } of jpegSegments(bytes, view)) {
    if (marker === 0xda) return 1;
    const name = String.fromCharCode(...bytes.subarray(at + 2, at + 8));
    if (marker === 0xe1 && name === "Exif\0\0") {
      return inDirectory(bytes.subarray(at + 8, at + size));
    }
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
