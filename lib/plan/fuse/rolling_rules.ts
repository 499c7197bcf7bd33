import type { InPlaceForm, Pairing, StepRules } from "../offsets/offset_problem.ts";
import type { Granularity } from "../segment.ts";
import type { Fusion } from "./fusion.ts";
import type { Pulled, UnitNode } from "./pull.ts";
import { type Stretch, unitBytes } from "./stretch.ts";

/** A stretch seen in one direction. */
export interface Flow {
  /** Position of the first node. */
  readonly start: number;
  readonly nodes: readonly UnitNode[];
  readonly pulled: Pulled;
}

/**
 * How far the last output may lie over inputs that die. When unit t of it is stored, input units
 * below `first` are not read any more, neither by this call nor by a later one; so the distance is at
 * most `min over t of first(t) * i - (t + 1) * o`. An element-wise operator may besides lie exactly on
 * an input that it reads itself, if the others are through with it: it reads an element, then
 * stores it. Backward, all counts from the other end.
 */
export function rollingRules(
  fusion: Fusion,
  stretch: Stretch,
  { dying, unit, forward, reverse }: {
    readonly dying: readonly number[];
    readonly unit: Granularity;
    readonly forward: Flow;
    readonly reverse: Flow;
  },
): StepRules {
  const { built: { problem: { items } }, itemOf, images } = fusion;
  const last = images[stretch.until - 1]!;
  const output = itemOf[last.value];
  if (output === -1 || last.accumulatorBytes !== null) return { pairings: [], inPlace: [] };
  const inPlace: InPlaceForm[] = [];
  const pairings = dying.flatMap((value): Pairing[] => {
    const input = itemOf[value];
    if (input === -1 || input === output) return [];
    const slack = (flow: Flow, own: 0 | 1) => distance(fusion, stretch, { flow, value, unit, own });
    const [inputBytes, outputBytes] = [items[input].sizeBytes, items[output].sizeBytes];
    const down = Math.min(slack(forward, 0), inputBytes);
    const up = inputBytes - outputBytes - Math.min(slack(reverse, 0), inputBytes);
    if (isSame(fusion, stretch, value)) {
      const form = { distanceBytes: 0, delayPixels: 0, ringBytes: 0 };
      if (down < 0 && slack(forward, 1) >= 0) inPlace.push({ ...form, direction: "forward" });
      if (up > 0 && slack(reverse, 1) >= 0) inPlace.push({ ...form, direction: "reverse" });
    }
    return [{
      input,
      output,
      forwardBytes: Math.max(down, -outputBytes),
      reverseBytes: Math.min(up, inputBytes),
    }];
  });
  return { pairings, inPlace: pairings.length === 1 ? inPlace : [] };
}

/** Whether the last operator is element-wise and reads the value itself, byte for byte in place. */
function isSame({ images }: Fusion, { until }: Stretch, value: number): boolean {
  const { isElementwise, reads, pixelBytes } = images[until - 1]!;
  if (!isElementwise) return false;
  return reads.some((read) => read.value === value && read.pixelBytes === pixelBytes);
}

function distance(
  fusion: Fusion,
  { from, until }: Stretch,
  { flow: { start, nodes, pulled }, value, unit, own }: {
    readonly flow: Flow;
    readonly value: number;
    readonly unit: Granularity;
    /** Units that the last operator has done with when it stores: 0, or 1 if in place. */
    readonly own: 0 | 1;
  },
): number {
  const last = fusion.images[until - 1]!;
  const outputBytes = unitBytes(last, unit);
  const count = nodes[until - 1 - start].units;
  let least = Infinity;
  for (let position = from; position < until; position++) {
    const node = position - start;
    const isLast = position === until - 1;
    fusion.images[position]!.reads.forEach((read, index) => {
      if (read.value !== value) return;
      const inputBytes = (unit === "row" ? read.columns.input : 1) * read.pixelBytes;
      const { first } = nodes[node].reads[index];
      const needed = pulled.needed[node];
      for (let t = 0; t < count; t++) {
        const done = isLast ? t + own : pulled.progress[node * count + t];
        if (done >= needed) break;
        least = Math.min(least, first[done] * inputBytes - (t + 1) * outputBytes);
      }
    });
  }
  return least;
}
