import { dtypeBytes } from "../nest/dtype.ts";
import type { Buffer } from "./program.ts";

/** Where the buffers of a kernel lie in its one memory, in bytes. */
export interface MemoryLayout {
  readonly offsetBytes: Readonly<Record<string, number>>;
  /** Distance between the copies of different threads, for buffers that each thread has. */
  readonly perThreadBytes: Readonly<Record<string, number>>;
  readonly pages: number;
}

/** Bytes at the start of the memory where threads meet. */
export const controlBytes = 64;

const alignmentBytes = 64;
const pageBytes = 65536;
// A last vector may read, never write, up to 15 bytes past the end of a tensor.
const slackBytes = 64;

/** Places buffers one after the other, each on a cache line of its own. */
export function layOut(buffers: readonly Buffer[], threads: number): MemoryLayout {
  const offsetBytes: Record<string, number> = {};
  const perThreadBytes: Record<string, number> = {};
  let next = controlBytes;
  const largest = new Map<string, number>();
  for (const { name, sharesWith = name, elements, dtype } of buffers) {
    largest.set(sharesWith, Math.max(largest.get(sharesWith) ?? 0, elements * dtypeBytes(dtype)));
  }
  for (const buffer of buffers) {
    if (buffer.sharesWith !== undefined) continue;
    const sizeBytes = align(largest.get(buffer.name)! + slackBytes);
    offsetBytes[buffer.name] = next;
    if (buffer.perThread) perThreadBytes[buffer.name] = sizeBytes;
    next += sizeBytes * (buffer.perThread ? threads : 1);
  }
  for (const { name, sharesWith } of buffers) {
    if (sharesWith !== undefined) offsetBytes[name] = offsetBytes[sharesWith];
  }
  return { offsetBytes, perThreadBytes, pages: Math.ceil(next / pageBytes) };
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignmentBytes) * alignmentBytes;
}
