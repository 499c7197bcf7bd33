import { type Image, MAX_PIXELS } from "./image.ts";
import { unitValues } from "./unit_values.ts";

/** Decodes a JPEG file, baseline or progressive; grey ones come as RGB too. */
export async function decodeJpeg(bytes: Uint8Array): Promise<Image> {
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
