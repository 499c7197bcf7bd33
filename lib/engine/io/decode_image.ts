import { checkArguments } from "../../check_arguments.ts";
import { imageKind } from "./file_format.ts";
import { type Image, MAX_PIXELS, unitValues } from "./image.ts";
import { orientationOf, upright } from "./orientation.ts";

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
    const { decodeBmp } = await import("./decode_bmp.ts");
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
