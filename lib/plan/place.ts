import type { OffsetProblem } from "./offsets/offset_problem.ts";
import { placeGreedily, placeItems, type Placement } from "./offsets/place_items.ts";
import type { PlanSettings } from "./plan_options.ts";

/** Offsets by the techniques that are in use. */
export function placed(problem: OffsetProblem, settings: PlanSettings): Placement {
  return settings.uses("optimal-offsets")
    ? placeItems(problem, settings.timeLimitMs)
    : placeGreedily(problem);
}
