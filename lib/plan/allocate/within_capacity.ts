import { heightOf } from "./first_answer.ts";
import type { Limits, Lowest } from "./lowest_height.ts";
import type { Portfolio } from "./portfolio.ts";

/** Replaces an answer by one within a capacity, or proves that there is none. */
export function withinCapacity(
  portfolio: Portfolio,
  start: Lowest,
  limits: Limits,
  capacityBytes: number,
): Lowest {
  const outcome = portfolio.fit(capacityBytes, limits.nodeLimit, limits.deadlineMs);
  if (outcome === "impossible") return { ...start, boundBytes: capacityBytes + 1 };
  if (outcome === "gave up") return start;
  const offset = portfolio.offset.slice();
  const heightBytes = heightOf(portfolio.problem, offset);
  return { answer: { offset, heightBytes, method: "search" }, boundBytes: start.boundBytes };
}
