import { crc32, deflateSync } from "node:zlib";

/** What a PNG file is to hold. */
export interface PngSpec {
  readonly width: number;
  readonly height: number;
  readonly colour: 0 | 2 | 3 | 4 | 6;
  readonly depth: number;
  /** Integers, `height * width * samplesOf(colour)`. */
  readonly samples: readonly number[];
  /** Filter of every row, round and round. */
  readonly filters?: readonly number[];
  readonly interlaced?: boolean;
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
}

/** Samples a pixel of a colour type. */
export function samplesOf(colour: number): number {
  return { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] as number;
}

/** Writes a PNG file by the specification: the other direction than the decoder. */
export function pngFile(spec: PngSpec): Uint8Array {
  const { width, height, colour, depth, interlaced = false, palette, transparency } = spec;
  const header = [...word(width), ...word(height), depth, colour, 0, 0, Number(interlaced)];
  const rows = deflateSync(Uint8Array.from(filteredRows(spec)));
  const half = rows.length >> 1;
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...chunk("tEXt", [65, 0, 66]),
    ...(palette ? chunk("PLTE", palette) : []),
    ...(transparency ? chunk("tRNS", transparency) : []),
    // The compressed rows may be cut anywhere.
    ...chunk("IDAT", rows.subarray(0, half)),
    ...chunk("IDAT", rows.subarray(half)),
    ...chunk("IEND", []),
  ]);
}

/** One chunk with its length and check sum. */
export function chunk(type: string, data: ArrayLike<number>): number[] {
  const body = [...new TextEncoder().encode(type), ...Array.from(data)];
  return [...word(data.length), ...body, ...word(crc32(Uint8Array.from(body)))];
}

function word(value: number): number[] {
  return [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];
}

/** The pixel's pass in the 8 x 8 pattern of Adam7, as the specification draws it. */
const ADAM7 = [
  "16462646",
  "77777777",
  "56565656",
  "77777777",
  "36463646",
  "77777777",
  "56565656",
  "77777777",
];

function filteredRows(
  { width, height, colour, depth, samples, filters = [0], interlaced }: PngSpec,
): number[] {
  const count = samplesOf(colour);
  const pixelBytes = Math.ceil(count * depth / 8);
  const bytes: number[] = [];
  let row = 0;
  for (const pass of interlaced ? "1234567" : "0") {
    let above: number[] = [];
    for (let y = 0; y < height; y++) {
      const line: number[] = [];
      for (let x = 0; x < width; x++) {
        if (interlaced && ADAM7[y % 8][x % 8] !== pass) continue;
        line.push(...samples.slice((y * width + x) * count, (y * width + x + 1) * count));
      }
      if (line.length === 0) continue;
      const packed = pack(line, depth);
      const filter = filters[row++ % filters.length];
      bytes.push(
        filter,
        ...packed.map((value, i) => {
          const left = packed[i - pixelBytes] ?? 0;
          const up = above[i] ?? 0;
          const corner = above.length > 0 && i >= pixelBytes ? above[i - pixelBytes] : 0;
          return value - [0, left, up, (left + up) >> 1, nearest(left, up, corner)][filter] & 255;
        }),
      );
      above = packed;
    }
  }
  return bytes;
}

function pack(line: readonly number[], depth: number): number[] {
  const bits = line.map((sample) => sample.toString(2).padStart(depth, "0")).join("");
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, "0"), 2));
}

function nearest(left: number, up: number, corner: number): number {
  const far = (value: number) => Math.abs(left + up - corner - value);
  return [left, up, corner].reduce((best, value) => far(value) < far(best) ? value : best);
}
