import { readDirectory, unpacked } from "./zip.ts";

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
