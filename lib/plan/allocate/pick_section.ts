import { NEVER, type SearchState } from "./search_state.ts";

/** Which section to decide next: the one with the fewest options, or the least room to spare. */
export type Focus = "fewest" | "tightest";

/** There is a section in which what is still to come cannot fit. */
export const NO_ROOM = -1;

/**
 * The section of lo to hi to decide next, or `NO_ROOM`. Only valleys of the skyline qualify: there,
 * whatever can start at the floor lies between the walls, and nothing can come to lie under it.
 */
export function pickSection(state: SearchState, lo: number, hi: number, focus: Focus): number {
  const { floor, remaining, lowest, size, options, inside, capacity, problem, rules } = state;
  const { born, bornStart, first, last } = problem;
  const byOptions = focus === "fewest";
  let best = NO_ROOM;
  let bestFirst = Infinity;
  let bestSecond = Infinity;
  let bestThird = Infinity;
  for (let left = lo; left <= hi;) {
    if (remaining[left] === 0) {
      left++;
      continue;
    }
    const level = floor[left];
    let right = left;
    while (right < hi && floor[right + 1] === level && remaining[right + 1] > 0) right++;
    const leftWall = left === lo || remaining[left - 1] === 0 ? NEVER : floor[left - 1];
    const rightWall = right === hi || remaining[right + 1] === 0 ? NEVER : floor[right + 1];
    const wall = Math.min(leftWall, rightWall);
    if (wall > level) {
      // Per section, how many buffers can start at the floor, and the sizes of those that can start
      // below the top of the walls: plus at the first section of each, minus after its last.
      options.fill(0, left, right + 2);
      inside.fill(0, left, right + 2);
      for (let i = bornStart[left], end = bornStart[right + 1]; i < end; i++) {
        const b = born[i];
        if (lowest[b] >= wall) continue;
        if (lowest[b] === level) {
          options[first[b]]++;
          options[last[b] + 1]--;
        }
        inside[first[b]] += size[b];
        inside[last[b] + 1] -= size[b];
      }
      let count = 0;
      let lying = 0;
      for (let s = left; s <= right; s++) {
        count += options[s];
        lying += inside[s];
        let spare = capacity - level - remaining[s];
        if (rules.walls && lying < remaining[s]) {
          // The others reach over a wall and start no lower than its top.
          const above = capacity - wall - (remaining[s] - lying);
          if (above < 0) return NO_ROOM;
          if (above < spare) spare = above;
        }
        const first = byOptions ? count : spare;
        const second = byOptions ? level : count;
        if (first > bestFirst || (first === bestFirst && second > bestSecond)) continue;
        if (first === bestFirst && second === bestSecond && spare >= bestThird) continue;
        best = s;
        bestFirst = first;
        bestSecond = second;
        bestThird = spare;
      }
    }
    left = right + 1;
  }
  return best;
}
