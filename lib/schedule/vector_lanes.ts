import { dtypeBytes } from "../nest/dtype.ts";
import type { Loop, Nest } from "../nest/nest.ts";
import { sumDtype } from "../nest/sum_dtype.ts";

const registerBytes = 16;

/** Sums that one 128-bit register holds. */
export function vectorLanes(nest: Nest): number {
  return registerBytes / dtypeBytes(sumDtype(nest));
}

/** Elements of its axis that one iteration of a loop covers. */
export function unitOf(nest: Nest, loop: Loop): number {
  return loop.mode === "vector" ? vectorLanes(nest) : loop.step;
}
