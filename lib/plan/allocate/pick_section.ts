import type { SearchState } from "./search_state.ts";

/** Which section to decide next: the one with the fewest options, or the least room to spare. */
export type Focus = "fewest" | "tightest";

/**
 * The section of lo to hi to decide next. Only valleys of the skyline qualify: there, whatever can
 * start at the floor lies between walls, and nothing can come to lie under it.
 */
export function pickSection(state: SearchState, lo: number, hi: number, focus: Focus): number {
  const { floor, remaining, lowest, options, capacity, problem } = state;
  const { born, bornStart, last } = problem;
  const byOptions = focus === "fewest";
  let best = -1;
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
    const walled = (left === lo || floor[left - 1] > level || remaining[left - 1] === 0) &&
      (right === hi || floor[right + 1] > level || remaining[right + 1] === 0);
    if (walled) {
      // Count, per section, the buffers that can start at the floor: +1 at the first, -1 after the
      // last section of each. Whatever can start here begins and ends between the walls.
      options.fill(0, left, right + 2);
      for (let i = bornStart[left], end = bornStart[right + 1]; i < end; i++) {
        const b = born[i];
        if (lowest[b] !== level) continue;
        options[problem.first[b]]++;
        options[last[b] + 1]--;
      }
    }
    for (let s = left, count = 0; walled && s <= right; s++) {
      count += options[s];
      const spare = capacity - level - remaining[s];
      const first = byOptions ? count : spare;
      const second = byOptions ? level : count;
      if (first > bestFirst || (first === bestFirst && second > bestSecond)) continue;
      if (first === bestFirst && second === bestSecond && spare >= bestThird) continue;
      best = s;
      bestFirst = first;
      bestSecond = second;
      bestThird = spare;
    }
    left = right + 1;
  }
  return best;
}
