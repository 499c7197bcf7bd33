import { gcd } from "../allocate/gcd.ts";
import type { StepRules } from "../offsets/offset_problem.ts";
import { needOf } from "../offsets/offset_bound.ts";
import { roundUp } from "../offsets/offset_problem.ts";
import type { Item } from "../offsets/offset_problem.ts";
import type { Fusion } from "./fusion.ts";
import { SUM_BYTES } from "./image_step.ts";
import type { Stretch } from "./stretch.ts";

/** Items that live while a stretch runs, and which of its inputs nobody needs afterwards. */
export interface Surroundings {
  readonly alive: readonly number[];
  /** Values read in the stretch that die with it. */
  readonly dying: readonly number[];
  /** Largest alignment of all. */
  readonly alignmentBytes: number;
}

/** What is alive around a segment: everything but what only exists within it, and kernels' scratch. */
export function surroundings(fusion: Fusion, { from, until }: Stretch): Surroundings {
  const { built: { problem: { items }, valueOf }, graph, spans, producer } = fusion;
  const alive: number[] = [];
  let alignmentBytes = 1;
  items.forEach((item, index) => {
    if (item.isScratch || item.until <= from || until <= item.from) return;
    alignmentBytes = Math.max(alignmentBytes, item.alignmentBytes);
    const value = valueOf[index];
    const { isInput, isOutput } = graph.values[value];
    const position = producer[value];
    const isInside = position >= from && position < until - 1 && spans[value].until <= until &&
      spans[value].until > position + 1 && !isInput && !isOutput;
    if (!isInside) alive.push(index);
  });
  if (fusion.images[until - 1]!.accumulatorBytes !== null) {
    alignmentBytes = alignmentBytes * SUM_BYTES / gcd(alignmentBytes, SUM_BYTES);
  }
  const dying = new Set<number>();
  for (let position = from; position < until; position++) {
    for (const { value } of fusion.images[position]!.reads) {
      if (value === -1 || producer[value] >= from) continue;
      if (spans[value].until <= until && !graph.values[value].isOutput) dying.add(value);
    }
  }
  return { alive, dying: [...dying], alignmentBytes };
}

/** The same, worked out once for every range. */
export function rememberedSurroundings(
  fusion: Fusion,
): (from: number, until: number) => Surroundings {
  const known = new Map<number, Surroundings>();
  const width = fusion.images.length + 1;
  return (from, until) => {
    const key = from * width + until;
    if (!known.has(key)) known.set(key, surroundings(fusion, { from, until }));
    return known.get(key)!;
  };
}

/** Rules under which nothing needs less: the smaller of input and output within the larger one. */
export function shareAll(fusion: Fusion, until: number, { dying }: Surroundings): StepRules {
  const { itemOf, images, built: { problem: { items } } } = fusion;
  const output = itemOf[images[until - 1]!.value];
  if (output === -1) return { pairings: [], inPlace: [] };
  const pairings = dying.map((value) => itemOf[value])
    .filter((item) => item !== -1 && item !== output)
    .map((input) => ({
      input,
      output,
      forwardBytes: items[input].sizeBytes,
      reverseBytes: -items[output].sizeBytes,
    }));
  return { pairings, inPlace: [] };
}

/** The scratch item of a segment's workspace. */
export function workspaceItem(
  sizeBytes: number,
  at: { readonly from: number; readonly until: number; readonly alignmentBytes: number },
): Item {
  return { id: `w${at.from}`, sizeBytes, isScratch: true, ...at };
}

/** What a segment with this workspace needs at least. */
export function segmentNeed(
  { built: { problem: { items, channels } } }: Fusion,
  { alive, alignmentBytes }: Surroundings,
  { rules, workspaceBytes }: { readonly rules: StepRules; readonly workspaceBytes: number },
): number {
  if (workspaceBytes === 0) return needOf(items, alive, { rules, channels });
  const sizeBytes = roundUp(workspaceBytes, alignmentBytes);
  const workspace = workspaceItem(sizeBytes, { from: 0, until: 1, alignmentBytes });
  return needOf([...items, workspace], [...alive, items.length], { rules, channels });
}
