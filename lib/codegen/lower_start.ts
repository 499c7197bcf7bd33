import type { Nest } from "../nest/nest.ts";
import { movesThrough } from "../schedule/strides.ts";
import { firstReduction, sumsInRegisters } from "../schedule/sums_in_registers.ts";
import { vectorLanes } from "../schedule/vector_lanes.ts";
import { type Context, expand } from "./expand.ts";
import { expandedLoops, wholeExtents } from "./expanded_loops.ts";
import type { Compute, Node } from "./program.ts";
import { placerOf, tensorRef } from "./refs.ts";

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
