import { deflateRawSync } from "node:zlib";

/** A zip archive, packed or not; `before`: bytes in front of it that its offsets count. */
export function zipFile(
  files: Readonly<Record<string, Uint8Array>>,
  { before = 0, packed = false } = {},
): Uint8Array {
  const parts: number[] = [];
  const directory: number[] = [];
  for (const [name, content] of Object.entries(files)) {
    const data = packed ? deflateRawSync(content) : content;
    const sizes = [...word(0), ...word(data.length), ...word(content.length)];
    const common = [20, 0, 0, 0, packed ? 8 : 0, 0, 0, 0, 0, 0, ...sizes, name.length, 0, 0, 0];
    const text = [...new TextEncoder().encode(name)];
    const offset = word(before + parts.length);
    directory.push(
      0x50,
      0x4b,
      1,
      2,
      20,
      0,
      ...common,
      ...new Array(10).fill(0),
      ...offset,
      ...text,
    );
    parts.push(0x50, 0x4b, 3, 4, ...common, ...text, ...data);
  }
  const count = Object.keys(files).length;
  const end = [...word(directory.length), ...word(before + parts.length), 0, 0];
  return Uint8Array.from(
    [...parts, ...directory, 0x50, 0x4b, 5, 6, 0, 0, 0, 0, count, 0, count, 0, ...end],
  );
}

function word(value: number): number[] {
  return [value & 255, value >> 8 & 255, value >> 16 & 255, value >> 24 & 255];
}
