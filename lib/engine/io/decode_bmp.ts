import { checkPixels, type Image, type ImageLimits, unitValues } from "./image.ts";

const FILE_HEADER_BYTES = 14;

/**
 * Decodes a BMP file without compression: 8 bits with a palette, 24 or 32 bits. Source: Microsoft,
 * BITMAPFILEHEADER and BITMAPINFOHEADER.
 */
export function decodeBmp(bytes: Uint8Array, limits: ImageLimits): Image {
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
  checkPixels("BMP", { width, height }, limits);
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
