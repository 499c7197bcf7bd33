import { crc32, inflateRawSync } from "node:zlib";

/** Unpacked files beyond this are not read: a few bytes can claim any size. */
const MOST_BYTES = 2 ** 26;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** As the directory has it. */
  readonly offset: number;
  /** Where the directory has that number. */
  readonly offsetAt: number;
}

/** What stands where in an archive. */
export interface Directory {
  readonly entries: readonly Entry[];
  /** What is to be added to offsets to get places in the bytes. */
  readonly before: number;
  /** Where the offset of the directory itself stands. */
  readonly offsetAt: number;
}

const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

/** The central directory. Source: PKWARE, .ZIP File Format Specification 6.3.10, sections 4.3 and 4.4. */
export function readDirectory(bytes: Uint8Array): Directory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new TypeError("it has no directory");
  const [count, size] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true)];
  const before = end - size - view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0, at = end - size; i < count; i++) {
    if (at < 0 || at + ENTRY_BYTES > end || view.getUint32(at, true) !== 0x02014b50) {
      throw new TypeError(`entry ${i} of its directory is none`);
    }
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + name)),
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      sizeBytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
      offsetAt: at + 42,
    });
    at += ENTRY_BYTES + name + extra + comment;
  }
  return { entries, before, offsetAt: end + 16 };
}

/** The files of an archive by name. */
export function unpacked(
  bytes: Uint8Array,
  { entries, before }: Directory,
  mostBytes = MOST_BYTES,
): Record<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (total > mostBytes) {
    throw new RangeError(`its files take ${total} bytes, read are ${mostBytes}`);
  }
  const files = entries.filter(({ name }) => !name.endsWith("/")).map((entry) => {
    const { name, method, packedBytes, sizeBytes, offset } = entry;
    const at = before + offset;
    if (at < 0 || at + LOCAL_BYTES > bytes.length || view.getUint32(at, true) !== 0x04034b50) {
      throw new TypeError(`"${name}" is not where its directory says`);
    }
    const data = at + LOCAL_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    const packed = bytes.subarray(data, data + packedBytes);
    if (method === 0) return [name, packed];
    if (method !== 8) throw new TypeError(`"${name}" is packed by method ${method}`);
    const content = inflateRawSync(packed, { maxOutputLength: Math.max(1, sizeBytes) });
    return [name, new Uint8Array(content.buffer, content.byteOffset, content.byteLength)];
  });
  return Object.fromEntries(files);
}

/** An archive of one file, not packed. */
export function archiveOf(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const title = new TextEncoder().encode(name);
  const directoryAt = LOCAL_BYTES + title.length + content.length;
  const bytes = new Uint8Array(directoryAt + ENTRY_BYTES + title.length + END_BYTES);
  const view = new DataView(bytes.buffer);
  // Version 2.0, no flags, stored, 1 January 1980; then check sum and sizes.
  const describe = (at: number) => {
    view.setUint16(at, 20, true);
    view.setUint16(at + 8, 0x21, true);
    view.setUint32(at + 10, crc32(content), true);
    for (const size of [at + 14, at + 18]) view.setUint32(size, content.length, true);
    view.setUint16(at + 22, title.length, true);
  };
  view.setUint32(0, 0x04034b50, true);
  describe(4);
  bytes.set(title, LOCAL_BYTES);
  bytes.set(content, LOCAL_BYTES + title.length);
  view.setUint32(directoryAt, 0x02014b50, true);
  view.setUint16(directoryAt + 4, 20, true);
  describe(directoryAt + 6);
  bytes.set(title, directoryAt + ENTRY_BYTES);
  const end = directoryAt + ENTRY_BYTES + title.length;
  view.setUint32(end, 0x06054b50, true);
  for (const count of [end + 8, end + 10]) view.setUint16(count, 1, true);
  view.setUint32(end + 12, ENTRY_BYTES + title.length, true);
  view.setUint32(end + 16, directoryAt, true);
  return bytes;
}
