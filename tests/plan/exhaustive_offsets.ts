// All offsets there are, one item after the other: the truth for tiny problems.
import { pairedSteps, stepChoice } from "../../lib/plan/offsets/candidates.ts";
import type { OffsetProblem } from "../../lib/plan/offsets/offset_problem.ts";
import { placeScratch } from "../../lib/plan/offsets/place_items.ts";

/** Whether the items can be placed within a height. */
export function fitsWithin(problem: OffsetProblem, heightBytes: number): boolean {
  const { items, steps } = problem;
  const paired = pairedSteps(steps);
  const offsets = new Float64Array(items.length).fill(-1);
  const place = (item: number): boolean => {
    if (item === items.length) return placeScratch(problem, offsets).heightBytes <= heightBytes;
    const { sizeBytes, alignmentBytes, from, until } = items[item];
    for (let at = 0; at + sizeBytes <= heightBytes; at += alignmentBytes) {
      offsets[item] = at;
      let isFree = true;
      for (let other = 0; other < item && isFree; other++) {
        if (items[other].until <= from || until <= items[other].from) continue;
        if (at >= offsets[other] + items[other].sizeBytes) continue;
        if (offsets[other] >= at + sizeBytes) continue;
        if (isView(problem, [item, other], at - offsets[other])) continue;
        const step = paired.get(item)?.get(other);
        isFree = step !== undefined && stepChoice(steps[step], items, offsets) !== null;
      }
      if (isFree && place(item + 1)) return true;
    }
    offsets[item] = -1;
    return false;
  };
  return place(0);
}

/** Whether one of two items is a view of the other, the first one so many bytes behind the second. */
function isView(
  { views }: OffsetProblem,
  [item, other]: readonly [number, number],
  distance: number,
): boolean {
  return views.some(({ input, output, stillBytes }) =>
    input === other && output === item && distance === stillBytes ||
    input === item && output === other && distance === -stillBytes
  );
}
