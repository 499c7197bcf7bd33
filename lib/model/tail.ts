import { inflateRawSync } from "node:zlib";

/**
 * What stands behind a model in its file: as a rule a zip archive with labels, which TensorFlow
 * Lite's metadata tools append.
 *
 * @category Models
 */
export interface ModelTail {
  /** The bytes; offsets in a zip archive's directory count from their start. */
  readonly bytes: Uint8Array;
  /** Whether the file's own directory counts from the start of the file, as Python's zipfile does. */
  readonly countsFromFile: boolean;
}

/** A tail, the files that it holds by name, and what is wrong with it. */
export interface ReadTail {
  readonly tail: ModelTail;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly fault: string | null;
}

/** Unpacked files beyond this are not read: a few bytes can claim any size. */
const MOST_BYTES = 2 ** 26;

/** What stands behind byte `end` of a file; null if that is nothing, or zeros. */
export function readTail(file: Uint8Array, end: number): ReadTail | null {
  let start = end;
  while (start < file.length && file[start] === 0) start++;
  if (start === file.length) return null;
  const bytes = file.subarray(start);
  const asIs = { tail: { bytes, countsFromFile: false }, files: {} };
  const isZip = latin1(bytes.subarray(0, 4)) === "PK\x03\x04";
  if (!isZip) return { ...asIs, fault: `${bytes.length} bytes that are no zip archive` };
  try {
    const directory = readDirectory(bytes);
    const files = unpacked(bytes, directory);
    if (directory.before !== -start) return { ...asIs, files, fault: null };
    const tail = { bytes: moved(bytes, -start), countsFromFile: true };
    return { tail, files, fault: null };
  } catch (error) {
    return { ...asIs, fault: `a zip archive that cannot be read: ${(error as Error).message}` };
  }
}

/** The tail's bytes for a file in which it begins at a byte. */
export function tailBytes({ bytes, countsFromFile }: ModelTail, start: number): Uint8Array {
  return countsFromFile ? moved(bytes, start) : bytes;
}

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

interface Directory {
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
function readDirectory(bytes: Uint8Array): Directory {
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

function unpacked(bytes: Uint8Array, { entries, before }: Directory): Record<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (total > MOST_BYTES) {
    throw new RangeError(`its files take ${total} bytes, read are ${MOST_BYTES}`);
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

/** The bytes with all offsets of their directory moved. */
function moved(bytes: Uint8Array, by: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const { entries, offsetAt } = readDirectory(bytes);
  for (const at of [offsetAt, ...entries.map((entry) => entry.offsetAt)]) {
    view.setUint32(at, view.getUint32(at, true) + by, true);
  }
  return copy;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
