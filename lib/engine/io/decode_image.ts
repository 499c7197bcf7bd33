import { type Image, MAX_PIXELS, unitValues } from "./image.ts";

/**
 * Decodes a PNG or JPEG file; which, its first bytes tell. Pixels come as they are stored: colour
 * profiles, gamma and the orientation that a camera notes are not applied.
 *
 * @throws {TypeError} if it is neither, or damaged.
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
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    const { decodePng } = await import("./decode_png.ts");
    return decodePng(bytes);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return await decodeJpeg(bytes);
  }
  throw new TypeError(`an image that is neither PNG nor JPEG: it begins with ${firstBytes(bytes)}`);
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
