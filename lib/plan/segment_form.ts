import type { PlanSegment } from "./segment.ts";

/** How a segment runs, in short. */
export function segmentForm({ kind, granularity, tiles: [rows, columns] }: PlanSegment): string {
  if (kind === "patch") return `${rows} x ${columns} patches`;
  return `rolling ${granularity}s${columns === 1 ? "" : ` in ${columns} strips`}`;
}
