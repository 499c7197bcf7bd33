import { checkOptions } from "../../check_arguments.ts";
import type { Allocation, Buffer } from "./buffers.ts";

/**
 * Options of {@link validateAllocation}.
 *
 * @category Allocation
 */
export interface ValidateAllocationOptions {
  /** Alignment of buffers that state none of their own; 1 when absent. */
  readonly alignmentBytes?: number;
  /** The capacity the buffers were to fit in; `fits` is not checked when absent. */
  readonly capacity?: number;
}

/**
 * Lists what is wrong with an allocation of `buffers`; an empty list means that it is valid.
 *
 * Every pair of buffers is compared, every claim is recomputed from the definitions, and nothing is
 * shared with the allocators: each buffer is there once, with its lifetime, at least its size, its
 * alignment and its fixed place; no two that are alive at one moment share a byte; the height is
 * the end of the highest buffer and not below the lower bound; `optimal` and `fits` say what is so.
 *
 * @example
 * ```ts
 * import { allocate, validateAllocation } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const buffers = [
 *   { id: "a", from: 0, until: 2, sizeBytes: 3 },
 *   { id: "b", from: 1, until: 3, sizeBytes: 2 },
 * ];
 * const plan = allocate(buffers);
 * assert.deepEqual(validateAllocation(buffers, plan), []);
 *
 * const moved = { ...plan, buffers: plan.buffers.map((b) => ({ ...b, offsetBytes: 0 })) };
 * assert.equal(validateAllocation(buffers, moved)[0],
 *   `"a" at [0, 3) and "b" at [0, 2) share bytes while both are alive from 1 to 2`);
 * ```
 *
 * @category Allocation
 */
export function validateAllocation(
  buffers: readonly Buffer[],
  allocation: Allocation,
  options: ValidateAllocationOptions = {},
): readonly string[] {
  checkOptions("validateAllocation", options, "alignmentBytes capacity");
  const { alignmentBytes = 1, capacity } = options;
  const faults: string[] = [];
  const placed = allocation.buffers;
  if (placed.length !== buffers.length) {
    faults.push(`${placed.length} buffers are placed, ${buffers.length} were given`);
  }
  for (const wanted of buffers) {
    const found = placed.filter((p) => p.id === wanted.id);
    if (found.length !== 1) {
      faults.push(`"${wanted.id}" is placed ${found.length} times, must be once`);
      continue;
    }
    const [p] = found;
    const name = `"${wanted.id}"`;
    if (p.from !== wanted.from || p.until !== wanted.until) {
      faults.push(
        `${name} lives [${p.from}, ${p.until}), must live [${wanted.from}, ${wanted.until})`,
      );
    }
    if (!(p.sizeBytes >= wanted.sizeBytes)) {
      faults.push(`${name} has ${p.sizeBytes} bytes, needs ${wanted.sizeBytes}`);
    }
    if (!Number.isInteger(p.offsetBytes) || p.offsetBytes < 0) {
      faults.push(`${name} is at offset ${p.offsetBytes}, must be an integer of at least 0`);
    }
    const alignment = wanted.alignmentBytes ?? alignmentBytes;
    if (p.offsetBytes % alignment !== 0) {
      faults.push(`${name} is at offset ${p.offsetBytes}, must be a multiple of ${alignment}`);
    }
    if (wanted.offsetBytes !== undefined && wanted.offsetBytes !== p.offsetBytes) {
      faults.push(`${name} is at offset ${p.offsetBytes}, is fixed at ${wanted.offsetBytes}`);
    }
  }
  let end = 0;
  placed.forEach((a, i) => {
    const aEnd = a.offsetBytes + a.sizeBytes;
    if (aEnd > end) end = aEnd;
    for (const b of placed.slice(i + 1)) {
      const from = Math.max(a.from, b.from);
      const until = Math.min(a.until, b.until);
      const bEnd = b.offsetBytes + b.sizeBytes;
      if (from < until && a.offsetBytes < bEnd && b.offsetBytes < aEnd) {
        faults.push(
          `"${a.id}" at [${a.offsetBytes}, ${aEnd}) and "${b.id}" at [${b.offsetBytes}, ${bEnd}) ` +
            `share bytes while both are alive from ${from} to ${until}`,
        );
      }
    }
  });
  const { heightBytes, lowerBoundBytes, optimal, fits } = allocation;
  if (heightBytes !== end) {
    faults.push(`heightBytes is ${heightBytes}, the highest buffer ends at ${end}`);
  }
  if (lowerBoundBytes > heightBytes) {
    faults.push(`lowerBoundBytes is ${lowerBoundBytes}, above the height ${heightBytes}`);
  }
  if (optimal !== (lowerBoundBytes === heightBytes)) {
    faults.push(`optimal is ${optimal} at height ${heightBytes} and bound ${lowerBoundBytes}`);
  }
  if (capacity !== undefined && fits !== (end <= capacity)) {
    faults.push(`fits is ${fits}, but the arena ends at ${end} and the capacity is ${capacity}`);
  }
  return faults;
}
