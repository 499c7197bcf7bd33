import { lookedAfter, throwIfStopped } from "../host.ts";

/** What resvg draws: RGBA, a byte each. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * A PNG with a palette (ISO/IEC 15948, colour type 3).
 *
 * @throws {DOMException} if it is ended before its end.
 */
export async function indexedPng(
  image: Pixels,
  { colors, signal }: { readonly colors: number; readonly signal?: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = image;
  const { crc32, deflate } = await import("node:zlib");
  const { palette, rows } = lookedAfter(null, () => indexed(image, colors), { signal });
  const deflated = await new Promise<Uint8Array>((resolve, reject) =>
    deflate(rows, { level: 9 }, (error, bytes) => error ? reject(error) : resolve(bytes))
  );
  signal?.throwIfAborted();
  const bytesOf = (word: number) => [word & 255, word >> 8 & 255, word >> 16 & 255, word >>> 24];
  const chunk = (type: string, data: Uint8Array): readonly Uint8Array[] => {
    const body = Uint8Array.from([...new TextEncoder().encode(type), ...data]);
    return [bigEndian(data.length), body, bigEndian(crc32(body))];
  };
  const header = [...bigEndian(width), ...bigEndian(height), 8, 3, 0, 0, 0];
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    ...chunk("IHDR", Uint8Array.from(header)),
    ...chunk("PLTE", Uint8Array.from(palette.flatMap((word) => bytesOf(word).slice(0, 3)))),
    ...chunk("tRNS", Uint8Array.from(palette.map((word) => bytesOf(word)[3]))),
    ...chunk("IDAT", deflated),
    ...chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
}

/** The colours, and the place of each pixel's among them, row by row. */
function indexed({ width, height, pixels }: Pixels, most: number) {
  const words = new Uint32Array(pixels.slice().buffer);
  const { palette, indexOf } = paletteOf(words, most);
  // Each row begins with its filter: none.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    throwIfStopped();
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = indexOf.get(words[y * width + x])!;
    }
  }
  return { palette, rows };
}

/** The most frequent colours, and for every colour the nearest of them. */
function paletteOf(words: Uint32Array, most: number) {
  const counts = new Map<number, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word);
  const palette = sorted.slice(0, most);
  const distance = (a: number, b: number) =>
    [0, 8, 16, 24].reduce((sum, bit) => sum + ((a >> bit & 255) - (b >> bit & 255)) ** 2, 0);
  const indexOf = new Map(palette.map((word, index) => [word, index]));
  for (const word of sorted.slice(most)) {
    throwIfStopped();
    const distances = palette.map((each) => distance(each, word));
    indexOf.set(word, distances.indexOf(Math.min(...distances)));
  }
  return { palette, indexOf };
}
