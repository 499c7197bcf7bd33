import type { Move } from "../../model/operator_definition.ts";
import { runLength } from "../../model/moves.ts";
import type { PlanStep } from "../plan.ts";

/** Bytes that are read, or stored, at a moment. */
interface Touch {
  readonly from: number;
  readonly until: number;
  readonly time: number;
}

/**
 * Runs what an operator moves, run by run in its order or backward, and finds the first byte of an
 * input that is read after something was stored on it; null if there is none. The places tell where a
 * tensor begins in the arena; null: not there.
 */
export function runMoves(
  moves: readonly Move[],
  { direction, elementBytes, inputAt, outputAt }: {
    readonly direction: PlanStep["direction"];
    readonly elementBytes: number;
    readonly inputAt: (input: number) => number | null;
    readonly outputAt: (output: number) => number | null;
  },
): { readonly input: number; readonly byte: number } | null {
  const isForward = direction === "forward";
  const reads: (Touch & { readonly input: number })[] = [];
  const stores: Touch[] = [];
  let turn = 0;
  for (const move of moves) {
    const [source, target] = [inputAt(move.input), outputAt(move.output)];
    const bytes = runLength(move) * elementBytes;
    for (const { read, stored } of runsOf(move)) {
      const time = isForward ? turn++ : -turn++;
      const [from, to] = [source ?? NaN, target ?? NaN].map((begin, i) => (
        begin + (i === 0 ? read : stored) * elementBytes
      ));
      // A run over itself: its elements come one after the other.
      const way = isForward ? to - from : from - to;
      if (way > 0 && way < bytes && bytes > elementBytes) {
        return { input: move.input, byte: Math.max(from, to) };
      }
      if (source !== null) reads.push({ from, until: from + bytes, time, input: move.input });
      if (target !== null) stores.push({ from: to, until: to + bytes, time });
    }
  }
  stores.sort((a, b) => a.from - b.from);
  for (const { from, until, time, input } of reads) {
    for (let i = firstEndingAfter(stores, from); i < stores.length; i++) {
      if (stores[i].from >= until) break;
      if (stores[i].time < time) return { input, byte: Math.max(from, stores[i].from) };
    }
  }
  return null;
}

/** Where each run of a move begins, in elements of both tensors, in the order of its indices. */
function* runsOf(move: Move): Generator<{ readonly read: number; readonly stored: number }> {
  const { extents, from, to } = move;
  let rest = runLength(move);
  let loops = extents.length;
  while (rest > 1) rest /= extents[--loops];
  const index = new Array<number>(loops).fill(0);
  let [read, stored] = [from.first, to.first];
  while (true) {
    yield { read, stored };
    let axis = loops - 1;
    for (; axis >= 0; axis--) {
      index[axis]++;
      read += from.steps[axis];
      stored += to.steps[axis];
      if (index[axis] < extents[axis]) break;
      index[axis] = 0;
      read -= extents[axis] * from.steps[axis];
      stored -= extents[axis] * to.steps[axis];
    }
    if (axis < 0) return;
  }
}

/** Stores lie apart from each other, so that they end in the order in which they begin. */
function firstEndingAfter(stores: readonly Touch[], byte: number): number {
  let [low, high] = [0, stores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stores[middle].until > byte) high = middle;
    else low = middle + 1;
  }
  return low;
}
