import type { Loop, Nest } from "../nest/nest.ts";
import { dotGroup, groupsAreFilled } from "../schedule/dot_group.ts";
import type { ExpandedLoop } from "./expand.ts";
import type { Extent } from "./program.ts";

/** Extents that are known at run time only, by axis: all that there may be, the largest first. */
export type GivenExtents = Readonly<Record<string, readonly number[]>>;

/** The whole extent of every axis. */
export function wholeExtents(nest: Nest, given: GivenExtents = {}): ReadonlyMap<string, Extent> {
  return new Map(
    nest.axes.map(({ name, extent }) => [
      name,
      {
        sizes: given[name] ?? [extent],
        within: null,
        given: given[name] && given[name].length > 1 ? name : null,
      },
    ]),
  );
}

/**
 * Checks extents that are given at run time.
 *
 * @throws {RangeError} one is no extent of its axis, or they do not fall.
 */
export function checkGiven(nest: Nest, given: GivenExtents): void {
  for (const [name, sizes] of Object.entries(given)) {
    const axis = nest.axes.find((each) => each.name === name);
    if (!axis) {
      throw new RangeError(`${nest.name} has no axis "${name}" whose extent could be given`);
    }
    const falls = sizes.every((size, at) =>
      Number.isInteger(size) && size >= (at === 0 ? 1 : 0) &&
      size < (sizes[at - 1] ?? axis.extent + 1)
    );
    if (sizes.length > 0 && falls) continue;
    throw new RangeError(
      `Extents of "${name}" must fall from at most ${axis.extent}, found ${
        sizes.join(", ") || "none"
      }`,
    );
  }
}

/** Whether an axis whose extent is given at run time may end inside a group of its dot loop. */
export function cutsGroups(nest: Nest, given: GivenExtents): boolean {
  const dot = nest.loops.find((loop) => loop.mode === "dot");
  const sizes = dot ? given[dot.axis] ?? [] : [];
  return sizes.some((size) => size % dotGroup(nest) !== 0);
}

/** Loops of a nest with the facts that their expansion needs. */
export function expandedLoops(
  nest: Nest,
  loops: readonly Loop[],
  given: GivenExtents = {},
): ExpandedLoop[] {
  const reductions = new Set(
    nest.axes.filter((axis) => axis.role === "reduction").map((axis) => axis.name),
  );
  const filled = groupsAreFilled(nest) && !cutsGroups(nest, given);
  return loops.map((loop, at) => {
    const inner = loops.slice(at + 1).filter((candidate) => candidate.axis === loop.axis);
    const groups = inner[0]?.mode === "dot";
    return {
      ...loop,
      fixed: loop.mode === "vector" || (groups && !filled) ||
        [loop, ...inner].some((each) => each.mode === "vector" || each.unroll === "full"),
      grouped: groups && filled,
      padTo: 0,
      reduces: loop.mode === "vector" && reductions.has(loop.axis),
    };
  });
}
