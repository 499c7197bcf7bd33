import { gcd } from "../allocate/buffers.ts";
import type { BuiltProblem } from "../offsets/build_problem.ts";
import {
  type InPlaceForm,
  needOf,
  type OffsetItem,
  type Pairing,
  roundUp,
  type StepRules,
} from "../offsets/offset_problem.ts";
import type { Fusion, Part } from "./fusion.ts";
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
      stillBytes: null,
    }));
  return { pairings, inPlace: [] };
}

/** The scratch item of a segment's workspace. */
function workspaceItem(
  sizeBytes: number,
  at: { readonly from: number; readonly until: number; readonly alignmentBytes: number },
): OffsetItem {
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

/** The problem of offsets of parts that run one after the other; times count parts. */
export function fusedProblem(fusion: Fusion, parts: readonly Part[]): BuiltProblem {
  const { built: { problem, valueOf, purposeOf } } = fusion;
  const partOf = parts.flatMap(({ from, until }, part) =>
    Array.from({ length: until - from }, () => part)
  );
  const around = parts.map((part) => part.form === null ? null : surroundings(fusion, part));
  const isKept = (item: OffsetItem, index: number) => {
    const part = partOf[item.from];
    const here = around[part];
    if (here === null) return true;
    if (item.isScratch) return false;
    // Inside of a segment: alive there, but not around it.
    return item.until > parts[part].until || here.alive.includes(index);
  };
  const items: OffsetItem[] = [];
  const values: number[] = [];
  const purposes: string[] = [];
  const newIndex = problem.items.map((item, index) => {
    if (!isKept(item, index)) return -1;
    values.push(valueOf[index]);
    purposes.push(purposeOf[index]);
    const from = partOf[item.from];
    return items.push({ ...item, from, until: partOf[item.until - 1] + 1 }) - 1;
  });
  parts.forEach(({ form }, part) => {
    const sizeBytes = form?.workspaceBytes ?? 0;
    if (sizeBytes === 0) return;
    const { alignmentBytes } = around[part]!;
    values.push(-1);
    purposes.push("rings");
    items.push(workspaceItem(sizeBytes, { from: part, until: part + 1, alignmentBytes }));
  });
  const steps = parts.map(({ rules }) => renumbered(rules, newIndex));
  return {
    problem: { items, steps, channels: problem.channels },
    valueOf: values,
    purposeOf: purposes,
  };
}

function renumbered(
  { pairings, inPlace }: {
    readonly pairings: readonly Pairing[];
    readonly inPlace: readonly InPlaceForm[];
  },
  newIndex: readonly number[],
): StepRules {
  return {
    pairings: pairings.map((pairing) => (
      { ...pairing, input: newIndex[pairing.input], output: newIndex[pairing.output] }
    )),
    inPlace,
  };
}
