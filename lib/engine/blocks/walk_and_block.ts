import { sumDtype } from "../../nest/define_nest.ts";
import { dtypeBytes } from "../../nest/dtype.ts";
import type { Loop, Nest } from "../../nest/nest.ts";
import { vectorLanes } from "../../schedule/dot_group.ts";
import { ScheduleError } from "../../schedule/loops.ts";

/** A scheduled nest of a layer, cut in two: the loops that walk over the output, and a block of sums. */
export interface WalkAndBlock {
  /** Columns of the output that a block computes together. */
  readonly pixels: number;
  /** Channels of a block. */
  readonly channels: number;
  /** Channels of a vector. */
  readonly lanes: number;
  /** The loop that threads share, by its axis; null: none. */
  readonly parallel: string | null;
  /** Loops of the block, its reduction outermost. */
  readonly loops: readonly Loop[];
}

/** What a plan leaves of a block. */
export interface BlockLimits {
  /** Axis of the columns. */
  readonly columns: string;
  /** Axis of the channels that are vectorized. */
  readonly channels: string;
  /** Pixels that may be computed together. */
  readonly mostPixels: number;
  /** Threads there are. */
  readonly threads: number;
  /** Bytes of the widest vectors there are; 16 if left out. */
  readonly vectorBytes?: number;
}

/**
 * Cuts a schedule where its sums come into registers. Around it go, outermost first, images and rows,
 * tiles of columns, blocks of channels: that is how a layer is walked in its arena, in whatever order
 * and ring the plan asks for. What lies inside is the schedule's own business.
 *
 * @throws {ScheduleError} the loops around the block are others, or the block cannot be finished.
 */
export function walkAndBlock(nest: Nest, limits: BlockLimits): WalkAndBlock {
  const { columns, channels, mostPixels, threads, vectorBytes = 16 } = limits;
  const refuse = (why: string): never => {
    throw new ScheduleError(`Cannot run this schedule in the engine: ${why}`);
  };
  const at = nest.loops.findIndex(({ name }) => name === nest.accumulateAt);
  if (at === -1) refuse("its sums do not stay in registers; accumulate at its outermost reduction");
  const [outer, loops] = [nest.loops.slice(0, at), nest.loops.slice(at)];
  const reduction = outer.find(({ axis }) => roleOf(nest, axis) === "reduction");
  if (reduction) {
    refuse(
      `"${reduction.name}" is a reduction outside of the block; accumulate at "${reduction.name}"`,
    );
  }
  const order = nest.axes.filter(({ role }) => role === "space").map(({ name }) => name);
  const walked = outer.map(({ axis }) => axis);
  const ordered = walked.toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  if (walked.join() !== order.join()) {
    const found = walked.join(", ");
    const needed = order.join(", ");
    refuse(
      ordered.join() === order.join() || new Set(walked).size < walked.length
        ? `the loops around the block go over ${found}, needed once each, in this order: ${needed}`
        : `the loops around the block go over ${found || "nothing"}, needed ${needed}`,
    );
  }
  const stepOf = (axis: string) => outer[order.indexOf(axis)].step;
  for (const { axis, name, step, unroll } of outer) {
    if (unroll !== 1) refuse(`"${name}" around the block is unrolled; unroll inside the block`);
    if (step > 1 && axis !== columns && axis !== channels) {
      refuse(`"${name}" goes by tiles of ${step}; only "${columns}" and "${channels}" may`);
    }
  }
  const [pixels, count] = [stepOf(columns), stepOf(channels)];
  if (pixels > mostPixels) {
    refuse(
      `it computes ${pixels} columns together, and the plan allows ${mostPixels}, ` +
        `so that nothing is overwritten that is still read`,
    );
  }
  const vector = loops.find(({ mode }) => mode === "vector");
  if (vector?.axis !== channels) {
    refuse(`"${channels}" must be vectorized: sums are rescaled and stored in vectors of channels`);
  }
  const lanes = vectorLanes(nest);
  const bytes = lanes * dtypeBytes(sumDtype(nest));
  if (bytes < 16 || bytes > vectorBytes) {
    refuse(`vectors of ${lanes} channels have ${8 * bytes} bits, those here ${8 * vectorBytes}`);
  }
  if (count % lanes !== 0) refuse(`blocks of ${count} channels are not whole vectors of ${lanes}`);
  const shared = outer.find(({ mode }) => mode === "parallel");
  if (threads === 1 && shared) refuse(`"${shared.name}" is parallel, and there is one thread`);
  for (const { tensor, at } of nest.packs) {
    if (tensor !== "W" || at !== null) {
      refuse(`"${tensor}" is packed at "${at}"; weights alone are packed, before all loops`);
    }
  }
  const hasWeights = nest.tensors.some(({ name }) => name === "W");
  if (hasWeights && nest.packs.length === 0) {
    refuse(`weights are not packed; pack "W" before all loops`);
  }
  return { pixels, channels: count, lanes, parallel: shared?.axis ?? null, loops };
}

function roleOf(nest: Nest, axis: string): "space" | "reduction" {
  return nest.axes.find(({ name }) => name === axis)!.role;
}
