import { checkPixels, type Image, type ImageLimits, unitValues } from "./image.ts";

/**
 * Decodes the first picture of a GIF file; what it leaves free of the screen is transparent. Source:
 * CompuServe, "Graphics Interchange Format, Version 89a".
 */
export function decodeGif(bytes: Uint8Array, limits: ImageLimits): Image {
  const file = new Cursor(bytes);
  file.skip(6);
  const [width, height] = [file.uint16(), file.uint16()];
  checkPixels("GIF", { width, height }, limits);
  const flags = file.byte();
  file.skip(2);
  const global = paletteOf(file, flags);
  const { transparent } = file.toPicture();
  const [left, top, wide, high] = [file.uint16(), file.uint16(), file.uint16(), file.uint16()];
  const own = file.byte();
  const palette = paletteOf(file, own) ?? global;
  if (palette === null) throw new TypeError("GIF without colours");
  if (wide * high === 0 || left + wide > width || top + high > height) {
    throw new TypeError(
      `GIF of ${width} x ${height} pixels whose first picture is ${wide} x ${high} at ${left}, ${top}`,
    );
  }
  const indices = indicesOf(file, wide * high);
  const pixels = new Uint8Array(4 * width * height);
  const rows = (own & INTERLACED) === 0 ? null : interlacedRows(high);
  for (let row = 0, from = 0; row < high; row++) {
    let to = 4 * ((top + (rows?.[row] ?? row)) * width + left);
    for (let x = 0; x < wide; x++, to += 4) {
      const index = indices[from++];
      if (index === transparent) continue;
      // An index that has no colour is black.
      for (let c = 0; c < 3; c++) pixels[to + c] = palette[3 * index + c] ?? 0;
      pixels[to + 3] = 255;
    }
  }
  return { width, height, channels: 4, values: unitValues(pixels, 255) };
}

const HAS_PALETTE = 0x80;
const INTERLACED = 0x40;

/** Reads on where it ended. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    if (taken.length < count) throw new TypeError(`GIF cut off at ${this.#bytes.length} bytes`);
    this.#at += count;
    return taken;
  }

  skip(count: number): void {
    this.take(count);
  }

  byte(): number {
    return this.take(1)[0];
  }

  uint16(): number {
    const [low, high] = this.take(2);
    return low | high << 8;
  }

  /** All up to the block without bytes, or to the end of the file. */
  blocks(): Uint8Array {
    const found: number[] = [];
    for (let size; this.#at < this.#bytes.length && (size = this.byte()) > 0;) {
      const end = Math.min(this.#at + size, this.#bytes.length);
      for (; this.#at < end; this.#at++) found.push(this.#bytes[this.#at]);
    }
    return Uint8Array.from(found);
  }

  /** Goes on to the first picture; tells which of its indices is to be seen through. */
  toPicture(): { readonly transparent: number | null } {
    let transparent: number | null = null;
    for (;;) {
      const kind = this.byte();
      if (kind === 0x2c) return { transparent };
      if (kind === 0x3b) throw new TypeError("GIF without a picture");
      if (kind !== 0x21) throw new TypeError(`GIF with a block of unknown kind ${kind}`);
      const label = this.byte();
      const control = this.blocks();
      if (label === 0xf9) transparent = (control[0] & 1) === 0 ? null : control[3];
    }
  }
}

function paletteOf(file: Cursor, flags: number): Uint8Array | null {
  return (flags & HAS_PALETTE) === 0 ? null : file.take(3 * 2 ** ((flags & 7) + 1));
}

/** Where rows stand that come in four passes: every eighth, those between, every second, the rest. */
function interlacedRows(height: number): readonly number[] {
  const passes = [[0, 8], [4, 8], [2, 4], [1, 2]];
  return passes.flatMap(([first, step]) =>
    Array.from({ length: Math.ceil((height - first) / step) }, (_, i) => first + step * i)
  );
}

const MOST_CODES = 4096;
const MOST_CODE_BITS = 12;

/** Decompresses so many indices: LZW with codes that grow from one bit more than colours take. */
function indicesOf(file: Cursor, count: number): Uint8Array {
  const leastBits = file.byte();
  const data = file.blocks();
  if (leastBits < 1 || leastBits > 8) {
    throw new TypeError(`GIF with codes of ${leastBits} bits, needed 1 to 8`);
  }
  const missing = (found: string) =>
    new TypeError(`GIF cut off: its first picture has ${count} pixels, found ${found}`);
  // No code stands for more pixels than there are codes: judged before memory is taken.
  const most = Math.floor(8 * data.length / (leastBits + 1)) * MOST_CODES;
  if (count > most) throw missing(`${data.length} bytes`);
  const indices = new Uint8Array(count);
  const clear = 1 << leastBits;
  const [before, last, length] = [
    new Uint16Array(MOST_CODES),
    Uint8Array.from({ length: MOST_CODES }, (_, code) => code),
    new Uint16Array(MOST_CODES).fill(1),
  ];
  let [next, width, previous, to] = [clear + 2, leastBits + 1, -1, 0];
  for (let bits = 0, held = 0, at = 0; to < count;) {
    for (; held < width; held += 8) {
      if (at === data.length) throw missing(`${to}`);
      bits |= data[at++] << held;
    }
    const code = bits & ((1 << width) - 1);
    [bits, held] = [bits >>> width, held - width];
    if (code === clear) {
      [next, width, previous] = [clear + 2, leastBits + 1, -1];
      continue;
    }
    if (code === clear + 1) throw missing(`${to}`);
    // The code that is about to be defined: the one before, with its own first index behind it.
    const isNew = code === next && previous !== -1;
    if (code >= next && !isNew) throw new TypeError(`GIF with code ${code}, which is not defined`);
    const known = isNew ? previous : code;
    for (let i = to + length[known] - 1, each = known; i >= to; i--, each = before[each]) {
      indices[i] = last[each];
    }
    const first = indices[to];
    to += length[known];
    if (isNew) indices[to++] = first;
    if (previous !== -1 && next < MOST_CODES) {
      [before[next], last[next], length[next]] = [previous, first, length[previous] + 1];
      if (++next === 1 << width && width < MOST_CODE_BITS) width++;
    }
    previous = code;
  }
  return indices;
}
