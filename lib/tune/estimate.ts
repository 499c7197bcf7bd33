import { countNest } from "../analyze/count_nest.ts";
import type { Loop, Nest } from "../nest/nest.ts";
import { axisOf, reachOf } from "../schedule/find_loop.ts";
import { dotGroup } from "../schedule/dot_group.ts";
import { unitOf } from "../schedule/vector_lanes.ts";

const vectorRegisters = 15;
const mostCopies = 2048;
const mostCodeBytes = 96 * 1024;

/** What running a schedule costs by counting, or why it is not worth compiling. */
export type Estimate =
  | { readonly instructions: number; readonly reason: null }
  | { readonly instructions: null; readonly reason: string };

/**
 * Instructions that a scheduled nest executes, those for values that do not fit into V8's 15 vector
 * registers included: each costs a store and a load in every pass through the block. Counted, not
 * timed; good for telling the hopeless from the rest, not for choosing among the good.
 *
 * @throws {ScheduleError} the schedule is not legal.
 */
export function estimate(nest: Nest, { fma }: { readonly fma: boolean }): Estimate {
  const copies = nest.loops.reduce((product, loop) => product * copiesOf(nest, loop), 1);
  if (copies > mostCopies) {
    return refused(`unrolled into ${copies} copies of the body, more than ${mostCopies}`);
  }
  const counts = countNest(nest);
  if (counts.codeBytes > mostCodeBytes) {
    return refused(`${counts.codeBytes} bytes of code, more than ${mostCodeBytes}`);
  }
  const { live, block } = registersOf(nest, { fma });
  const spills = 2 * Math.max(0, live - vectorRegisters) * (counts.macs / block);
  const executed = counts.loads + counts.stores + counts.arithmetic + counts.addressUpdates +
    counts.loopTests + 2 * counts.packedElements;
  return { instructions: executed + spills, reason: null };
}

function refused(reason: string): Estimate {
  return { instructions: null, reason };
}

/** Bodies that one iteration of a loop's parent contains because of this loop. */
function copiesOf(nest: Nest, loop: Loop): number {
  if (loop.unroll === "full") return Math.ceil(reachOf(nest, loop) / unitOf(nest, loop));
  return loop.unroll;
}

/** Values that are alive at once in the block that is held, and MACs in one pass through it. */
function registersOf(nest: Nest, { fma }: { readonly fma: boolean }) {
  if (nest.accumulateAt === null) return { live: 0, block: 1 };
  const from = nest.loops.findIndex((loop) => loop.name === nest.accumulateAt);
  const held = nest.loops.slice(from).filter((loop) => axisOf(nest, loop).role === "space");
  const sides = held.map((loop) => Math.ceil(reachOf(nest, loop) / unitOf(nest, loop)));
  const sums = sides.reduce((product, side) => product * side, 1);
  // The inner side's operands stay for the whole pass, the outer side's one at a time.
  const operands = (sides.at(-1) ?? 1) + 1 + (fma ? 0 : 1);
  const lanes = nest.loops.find((loop) => loop.mode === "vector");
  return {
    live: sums + operands,
    block: sums * dotGroup(nest) * (lanes ? unitOf(nest, lanes) : 1),
  };
}
