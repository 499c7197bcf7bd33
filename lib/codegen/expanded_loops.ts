import type { Loop, Nest } from "../nest/nest.ts";
import { dotGroup, groupsAreFilled, vectorLanes } from "../schedule/dot_group.ts";
import { firstReduction, movesThrough, sumsInRegisters } from "../schedule/strides.ts";
import { type Context, expand, type ExpandedLoop } from "./expand.ts";
import type { Compute, LoopExtent, Node } from "./program.ts";
import { placerOf, tensorRef } from "./refs.ts";

/** Extents that are known at run time only, by axis: all that there may be, the largest first. */
export type GivenExtents = Readonly<Record<string, readonly number[]>>;

/** The whole extent of every axis. */
export function wholeExtents(
  nest: Nest,
  given: GivenExtents = {},
): ReadonlyMap<string, LoopExtent> {
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

/**
 * The loop (null: none) in whose body the target gets its start before the outermost reduction;
 * undefined if it keeps what it holds, or the registers that it stays in start so.
 */
export function clearedLoop(nest: Nest): string | null | undefined {
  if (nest.body.start === undefined || sumsInRegisters(nest)) return undefined;
  const first = firstReduction(nest);
  return first <= 0 ? null : nest.loops[first - 1].name;
}

/** Sets the part of the target that the reduction updates to what the nest starts from. */
export function lowerStart(nest: Nest, at: string | null, context: Context): Node[] {
  const { target, start } = nest.body;
  const from = nest.loops.findIndex((loop) => loop.name === at) + 1;
  const rename = new Map(
    nest.loops.slice(from).filter((loop) => movesThrough(target, loop))
      .map((loop) => [loop.name, `${target.tensor}0_${loop.name}`]),
  );
  const loops = nest.loops.map((loop) => ({ ...loop, name: rename.get(loop.name) ?? loop.name }));
  const moving = loops.slice(from).filter((loop) => movesThrough(target, loop));
  const place = placerOf(tensorRef(nest, target, loops), loops);
  const { dtype } = nest.tensors.find((tensor) => tensor.name === target.tensor)!;
  return expand({
    loops: expandedLoops(nest, moving),
    lanes: vectorLanes(nest),
    group: 1,
    accumulateAt: null,
    update: "set",
    start: null,
    enter: () => [],
    leave: () => [],
    leaf: (inner): Compute[] => [{
      kind: "compute",
      target: { ref: place(inner) },
      update: "set",
      value: { kind: "constant", value: start! },
      dtype,
      width: inner.width,
    }],
    extents: wholeExtents(nest),
    outermost: false,
  }, { ...context, registers: null });
}
