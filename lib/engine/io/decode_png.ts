import { crc32, inflateSync } from "node:zlib";
import { concatBytes } from "./bytes.ts";
import { checkPixels, type Image, type ImageLimits, unitValues } from "./image.ts";
import { type PngLayout, pngRowBytes, pngSamples } from "./png_samples.ts";

const GREY = 0;
const RGB = 2;
const INDEXED = 3;
const GREY_ALPHA = 4;
const RGB_ALPHA = 6;

/** Samples a pixel and the depths they may have, by colour type. */
const COLOURS: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  [GREY]: { channels: 1, depths: [1, 2, 4, 8, 16] },
  [RGB]: { channels: 3, depths: [8, 16] },
  [INDEXED]: { channels: 1, depths: [1, 2, 4, 8] },
  [GREY_ALPHA]: { channels: 2, depths: [8, 16] },
  [RGB_ALPHA]: { channels: 4, depths: [8, 16] },
};

/**
 * Decodes a PNG file: every colour type and depth, interlaced or not, transparent colours as alpha.
 * The first picture of an animation.
 *
 * Source: W3C, Portable Network Graphics (PNG) Specification.
 */
export function decodePng(bytes: Uint8Array, limits: ImageLimits): Image {
  const chunks = pngChunks(bytes);
  const { colour, layout } = readHeader(chunks.header, limits);
  const samples = pngSamples(inflated(chunks.data, pngRowBytes(layout)), layout);
  return colour === INDEXED
    ? withPalette(samples, layout, chunks)
    : withTransparency(samples, layout, chunks);
}

function readHeader(
  header: Uint8Array,
  limits: ImageLimits,
): { colour: number; layout: PngLayout } {
  const view = new DataView(header.buffer, header.byteOffset);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth, colour, compression, filter, interlace] = header.subarray(8);
  const { channels, depths } = COLOURS[colour] ?? { channels: 0, depths: [] };
  if (!depths.includes(depth) || compression + filter > 0 || interlace > 1) {
    throw new TypeError(
      `PNG of colour type ${colour}, depth ${depth}, compression ${compression}, filter ${filter}, ` +
        `interlace ${interlace}, which the specification does not know`,
    );
  }
  checkPixels("PNG", { width, height }, limits);
  return { colour, layout: { width, height, channels, depth, isInterlaced: interlace === 1 } };
}

function inflated(data: Uint8Array, sizeBytes: number): Uint8Array {
  let rows: Uint8Array;
  try {
    rows = inflateSync(data, { maxOutputLength: sizeBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`PNG whose rows of ${sizeBytes} bytes cannot be inflated: ${why}`);
  }
  if (rows.length === sizeBytes) return rows;
  throw new TypeError(`PNG with ${rows.length} bytes of rows, needed ${sizeBytes}`);
}

function withPalette(samples: Uint16Array, layout: PngLayout, chunks: PngChunks): Image {
  const { palette, transparency } = chunks;
  const { width, height } = layout;
  const colours = (palette?.length ?? 0) / 3;
  const channels = transparency === null ? 3 : 4;
  const values = new Float32Array(samples.length * channels);
  samples.forEach((index, pixel) => {
    if (palette === null || index >= colours) {
      throw new TypeError(`PNG with colour ${index}, its palette has ${colours}`);
    }
    for (let i = 0; i < 3; i++) values[pixel * channels + i] = palette[3 * index + i] / 255;
    // Colours that the chunk does not reach are opaque.
    if (transparency !== null) values[pixel * channels + 3] = (transparency[index] ?? 255) / 255;
  });
  return { width, height, channels, values };
}

function withTransparency(samples: Uint16Array, layout: PngLayout, chunks: PngChunks): Image {
  const { width, height, channels: stored, depth } = layout;
  const { transparency } = chunks;
  const most = 2 ** depth - 1;
  if (transparency === null || stored === 2 || stored === 4) {
    const values = unitValues(samples, most);
    return { width, height, channels: stored as Image["channels"], values };
  }
  if (transparency.length !== 2 * stored) {
    throw new TypeError(`PNG with ${transparency.length} bytes of tRNS, needed ${2 * stored}`);
  }
  const clear = Array.from(
    { length: stored },
    (_, i) => (transparency[2 * i] << 8 | transparency[2 * i + 1]) & most,
  );
  const channels = stored + 1;
  const values = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const samplesOf = samples.subarray(pixel * stored, (pixel + 1) * stored);
    samplesOf.forEach((sample, i) => values[pixel * channels + i] = sample / most);
    values[pixel * channels + stored] = samplesOf.every((sample, i) => sample === clear[i]) ? 0 : 1;
  }
  return { width, height, channels: channels as Image["channels"], values };
}

/** The parts of a PNG file that say what its pixels are. */
export interface PngChunks {
  readonly header: Uint8Array;
  /** Red, green and blue of every colour; null if there is none. */
  readonly palette: Uint8Array | null;
  /** Alpha of the palette's colours, or the one colour that is transparent; null if none is. */
  readonly transparency: Uint8Array | null;
  /** Compressed rows. */
  readonly data: Uint8Array;
}

const SIGNATURE = "89504e470d0a1a0a";

/** Reads a PNG file's chunks up to IEND and checks what each of them says of itself. */
function pngChunks(bytes: Uint8Array): PngChunks {
  if (bytes.subarray(0, 8).toHex() !== SIGNATURE) throw new TypeError("no PNG file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array[]>();
  for (let at = 8; !found.has("IEND");) {
    const size = at + 12 <= bytes.length ? view.getUint32(at) : Infinity;
    if (at + 12 + size > bytes.length) {
      throw new TypeError(`PNG cut off in the chunk at byte ${at}`);
    }
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, at + 8 + size)) !== view.getUint32(at + 8 + size)) {
      throw new TypeError(`PNG damaged: wrong check sum of chunk ${type} at byte ${at}`);
    }
    // A capital first letter marks what a decoder must understand.
    if (/^[A-Z]/.test(type) && !KNOWN.includes(type)) {
      throw new TypeError(`PNG chunk ${type}, which is not known`);
    }
    const data = bytes.subarray(at + 8, at + 8 + size);
    found.set(type, found.get(type) ?? []);
    found.get(type)?.push(data);
    at += 12 + size;
  }
  const one = (type: string) => found.get(type)?.[0] ?? null;
  const header = one("IHDR");
  if (header?.length !== 13) throw new TypeError("PNG without a header of 13 bytes");
  return {
    header,
    palette: one("PLTE"),
    transparency: one("tRNS"),
    data: concatBytes(found.get("IDAT") ?? []),
  };
}

const KNOWN = ["IHDR", "PLTE", "IDAT", "IEND"];
