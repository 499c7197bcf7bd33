import type { Problem } from "./problem.ts";

/** Which of the gaps that are wide enough a buffer takes: the lowest, or the narrowest. */
export type Fit = "first" | "best";

/**
 * Offsets in units, found by placing one buffer after the other and moving none: fixed buffers
 * first, then the others in the order given.
 */
export function fitInOrder(problem: Problem, order: readonly number[], fit: Fit): Float64Array {
  const { count, fixed, size, alignment, neighbour, neighbourStart } = problem;
  const offset = new Float64Array(count).fill(-1);
  for (let b = 0; b < count; b++) if (fixed[b] >= 0) offset[b] = fixed[b];
  const below = new Int32Array(count);
  for (const b of order) {
    if (fixed[b] >= 0) continue;
    let known = 0;
    for (let i = neighbourStart[b]; i < neighbourStart[b + 1]; i++) {
      if (offset[neighbour[i]] >= 0) below[known++] = neighbour[i];
    }
    const obstacles = below.subarray(0, known).sort((x, y) => offset[x] - offset[y]);
    let at = 0;
    let chosen = -1;
    let narrowest = Infinity;
    for (const c of obstacles) {
      const gap = offset[c] - at;
      if (gap >= size[b] && gap < narrowest) {
        chosen = at;
        narrowest = gap;
        if (fit === "first") break;
      }
      const top = Math.ceil((offset[c] + size[c]) / alignment[b]) * alignment[b];
      if (top > at) at = top;
    }
    offset[b] = chosen < 0 ? at : chosen;
  }
  return offset;
}
