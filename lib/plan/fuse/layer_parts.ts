import { needOf } from "../offsets/offset_bound.ts";
import type { OffsetProblem } from "../offsets/offset_problem.ts";
import type { Part } from "./part.ts";

/** Every step by itself, as it runs layer by layer. */
export function layerParts(
  { items, steps, channels }: OffsetProblem,
  macs: readonly number[],
): Part[] {
  return steps.map((rules, step) => {
    const alive = items.flatMap(({ from, until }, i) => from <= step && step < until ? i : []);
    const needBytes = needOf(items, alive, { rules, channels });
    const range = { from: step, until: step + 1 };
    return { ...range, needBytes, macs: macs[step], calls: 1, rules, form: null };
  });
}
