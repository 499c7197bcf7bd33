import { ModelError } from "./model_error.ts";

// FlatBuffers, read without trust: every offset, length and size is checked before it is used.
// Format: https://flatbuffers.dev/internals/
// Offsets to objects are unsigned, so they only point forward, and no chain of them can be cyclic.
// What remains is a small file that names the same bytes many times; a budget ends that.

/** A file, and how many more bytes of structure may be read from it. */
export interface FlatFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Counts down as structure is read. */
  readonly budget: { bytes: number };
  /** Grows: the end of what was read so far. */
  readonly reach: { end: number };
}

/** What a file is in which something lies beyond its end. */
export const CUT_OFF = ": it is cut off, or damaged";

/** Where the offset stored at `at` points: forward, with room for at least 4 bytes. */
export function target(file: FlatFile, at: number): number {
  const offset = file.view.getUint32(at, true);
  const position = at + offset;
  if (offset < 4 || position > file.bytes.length - 4) {
    fail(at, `offset ${offset} points outside the file (${file.bytes.length} bytes)${CUT_OFF}`);
  }
  return position;
}

/** A 64-bit integer that fits a number exactly. */
export function safeInteger(file: FlatFile, at: number): number {
  const value = file.view.getBigInt64(at, true);
  if (BigInt.asIntN(53, value) !== value) fail(at, `integer ${value} is beyond 2^53`);
  return Number(value);
}

/** Refuses a range that is not within the file. */
export function need(
  file: FlatFile,
  range: { position: number; sizeBytes: number; what: string; from?: number },
): void {
  const { position, sizeBytes, what, from = position } = range;
  if (position < 0 || position + sizeBytes > file.bytes.length) {
    fail(
      from,
      `${what} of ${sizeBytes} bytes at ${position} lies outside the file ` +
        `(${file.bytes.length} bytes)${CUT_OFF}`,
    );
  }
  reached(file, position + sizeBytes);
}

/** Marks bytes up to an end as part of the flatbuffer. */
export function reached({ reach }: FlatFile, end: number): void {
  reach.end = Math.max(reach.end, end);
}

/** Takes bytes of structure from the file's budget. */
export function spend(file: FlatFile, sizeBytes: number, position: number): void {
  file.budget.bytes -= sizeBytes;
  if (file.budget.bytes < 0) {
    fail(position, `the file (${file.bytes.length} bytes) names the same bytes too many times`);
  }
}

/** Refuses what stands at a byte. */
export function fail(offsetBytes: number, reason: string): never {
  throw new ModelError(reason, { offsetBytes });
}
