// Files of data sets as tests make them.
import { encode } from "../../lib/npm/jpeg.ts";

export type File = { readonly path: string; readonly read: () => Uint8Array };

export function file(path: string, bytes: Uint8Array | readonly number[]): File {
  return { path, read: () => Uint8Array.from(bytes) };
}

/** An IDX file of bytes. */
export function idx(shape: readonly number[], values: readonly number[]): Uint8Array<ArrayBuffer> {
  const extents = shape.flatMap((extent) => [0, 0, extent >> 8, extent & 255]);
  return Uint8Array.from([0, 0, 8, shape.length, ...extents, ...values]);
}

/** A picture of one colour but for a stripe down or across; JPEG. */
export function stripe(
  { height, width, isDown, red }: {
    readonly height: number;
    readonly width: number;
    readonly isDown: boolean;
    readonly red: number;
  },
): Uint8Array {
  const data = new Uint8Array(height * width * 4);
  for (let i = 0; i < height * width; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const isInside = isDown
      ? Math.abs(column - width / 2) < width / 6
      : Math.abs(row - height / 2) < height / 6;
    data.set(isInside ? [red, 40, 40, 255] : [40, 40, 200, 255], 4 * i);
  }
  return new Uint8Array(encode({ data, width, height }, 90).data);
}

/** A tone as WAV of 16 bits and one channel. */
export function tone(
  { hertz, seconds, sampleRate }: {
    readonly hertz: number;
    readonly seconds: number;
    readonly sampleRate: number;
  },
): Uint8Array<ArrayBuffer> {
  const count = Math.round(seconds * sampleRate);
  const bytes = new Uint8Array(44 + 2 * count);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * count, true);
  for (let i = 0; i < count; i++) {
    view.setInt16(44 + 2 * i, 8000 * Math.sin(2 * Math.PI * hertz * i / sampleRate), true);
  }
  return bytes;
}

/** An archive of files, none of them packed; check sums are left out, which nobody reads. */
export function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts: number[] = [];
  const directory: number[] = [];
  const number = (value: number, bytes: number) =>
    Array.from({ length: bytes }, (_, i) => value >>> 8 * i & 255);
  for (const [name, content] of Object.entries(files)) {
    const title = [...new TextEncoder().encode(name)];
    const about = [
      ...[20, 0, 0, 0, 0, 0, 0, 0, 0, 0].flatMap((each) => [each]),
      ...number(0, 4),
      ...number(content.length, 4),
      ...number(content.length, 4),
      ...number(title.length, 2),
      ...number(0, 2),
    ];
    directory.push(
      ...[0x50, 0x4b, 1, 2, 20, 0],
      ...about,
      ...number(0, 10),
      ...number(parts.length, 4),
      ...title,
    );
    parts.push(0x50, 0x4b, 3, 4, ...about, ...title, ...content);
  }
  const count = Object.keys(files).length;
  return Uint8Array.from([
    ...parts,
    ...directory,
    ...[0x50, 0x4b, 5, 6, 0, 0, 0, 0],
    ...number(count, 2),
    ...number(count, 2),
    ...number(directory.length, 4),
    ...number(parts.length, 4),
    ...number(0, 2),
  ]);
}
