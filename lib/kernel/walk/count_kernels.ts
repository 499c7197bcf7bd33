import { type KernelCounts, sumTallies } from "./tally.ts";
import type { WalkedCode } from "./walked_code.ts";
import { writeWalk } from "./write_walk.ts";

/**
 * Counts exactly what kernels execute, without running them: only what decides about control flow is
 * computed, and loops every pass of which does the same are not gone through.
 *
 * @throws {TypeError} if that depends on vectors or floats, on what the kernels themselves write, or
 *   on a memory that is not given.
 */
export function countKernels(code: WalkedCode): KernelCounts {
  const { javascript, tallies, regions } = writeWalk(code, "count");
  const times = new Float64Array(tallies.length);
  new Function("$times", "$view", javascript)(times, viewOf(code));
  return sumTallies(tallies, { times, regions });
}

/** The memory of kernels that are followed, as numbers. */
export function viewOf({ memory }: WalkedCode): DataView | null {
  return memory && new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
}
