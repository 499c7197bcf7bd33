/** How the samples of a PNG lie in its rows. */
export interface PngLayout {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel. */
  readonly channels: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly isInterlaced: boolean;
}

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];

/** Adam7: seven images, each of every dx-th pixel of every dy-th row. */
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** Bytes that the rows of all passes take, with the byte in front of each that names its filter. */
export function pngRowBytes(layout: PngLayout): number {
  return passesOf(layout).reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
}

/** Undoes the filters and unpacks the samples: `height * width * channels` integers. */
export function pngSamples(bytes: Uint8Array, layout: PngLayout): Uint16Array {
  const { width, height, channels, depth } = layout;
  const samples = new Uint16Array(width * height * channels);
  const pixelBytes = Math.ceil(channels * depth / 8);
  let at = 0;
  for (const { pass, columns, rows, rowBytes } of passesOf(layout)) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let row = 0; row < rows; row++) {
      const line = bytes.subarray(at + 1, at + 1 + rowBytes);
      unfilter(line, { filter: bytes[at], above, pixelBytes });
      let to = ((pass.y + row * pass.dy) * width + pass.x) * channels;
      for (let column = 0; column < columns; column++) {
        for (let i = 0; i < channels; i++) {
          samples[to + i] = sampleAt(line, column * channels + i, depth);
        }
        to += pass.dx * channels;
      }
      above = line;
      at += 1 + rowBytes;
    }
  }
  return samples;
}

function passesOf({ width, height, channels, depth, isInterlaced }: PngLayout) {
  return (isInterlaced ? ADAM7 : WHOLE).map((pass) => {
    const columns = Math.max(0, Math.ceil((width - pass.x) / pass.dx));
    const rows = columns === 0 ? 0 : Math.max(0, Math.ceil((height - pass.y) / pass.dy));
    return { pass, columns, rows, rowBytes: Math.ceil(columns * channels * depth / 8) };
  });
}

function sampleAt(line: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return line[i];
  if (depth === 16) return line[2 * i] << 8 | line[2 * i + 1];
  const bit = i * depth;
  return line[bit >> 3] >> (8 - depth - (bit & 7)) & ((1 << depth) - 1);
}

// PNG specification, section 9; bytes beside the picture count 0.
function unfilter(
  line: Uint8Array,
  from: { readonly filter: number; readonly above: Uint8Array; readonly pixelBytes: number },
): void {
  const { filter, above, pixelBytes } = from;
  if (filter > 4) throw new TypeError(`PNG row with filter ${filter}, needed 0 to 4`);
  const left = (i: number) => i < pixelBytes ? 0 : line[i - pixelBytes];
  const corner = (i: number) => i < pixelBytes ? 0 : above[i - pixelBytes];
  if (filter === 1) { for (let i = 0; i < line.length; i++) line[i] += left(i); }
  if (filter === 2) { for (let i = 0; i < line.length; i++) line[i] += above[i]; }
  if (filter === 3) { for (let i = 0; i < line.length; i++) line[i] += (left(i) + above[i]) >> 1; }
  if (filter === 4) {
    for (let i = 0; i < line.length; i++) line[i] += paeth(left(i), above[i], corner(i));
  }
}

function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
}
