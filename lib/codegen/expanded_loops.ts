import type { Loop, Nest } from "../nest/nest.ts";
import type { ExpandedLoop } from "./expand.ts";
import type { Extent } from "./program.ts";

/** The whole extent of every axis. */
export function wholeExtents(nest: Nest): ReadonlyMap<string, Extent> {
  return new Map(
    nest.axes.map((axis) => [axis.name, { sizes: [axis.extent], within: null }]),
  );
}

/** Loops of a nest with the facts that their expansion needs. */
export function expandedLoops(nest: Nest, loops: readonly Loop[]): ExpandedLoop[] {
  const reductions = new Set(
    nest.axes.filter((axis) => axis.role === "reduction").map((axis) => axis.name),
  );
  return loops.map((loop, at) => {
    const inner = loops.slice(at + 1).filter((candidate) => candidate.axis === loop.axis);
    return {
      ...loop,
      fixed: loop.mode === "vector" ||
        [loop, ...inner].some((each) => each.mode === "vector" || each.unroll === "full"),
      paired: inner[0]?.mode === "dot",
      padTo: 0,
      reduces: loop.mode === "vector" && reductions.has(loop.axis),
    };
  });
}
