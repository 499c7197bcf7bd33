import type { StepForm } from "../plan.ts";
import type { LoopDirection } from "../sliding_window.ts";
import {
  type OffsetItem,
  type OffsetProblem,
  type Pairing,
  roundDown,
  roundUp,
  type StepRules,
} from "./offset_problem.ts";

/** Where an item may go, next to items that have their places. */
export class OffsetCandidates {
  readonly #paired: ReadonlyMap<number, Map<number, number>>;
  readonly #scratch: readonly (readonly OffsetItem[])[];
  /** By two items, how far the second one is behind the first where one is a view of the other. */
  readonly #views: ReadonlyMap<number, ReadonlyMap<number, number>>;

  constructor(readonly problem: OffsetProblem) {
    this.#paired = pairedSteps(problem.steps);
    this.#views = viewDistances(problem.views);
    this.#scratch = problem.steps.map((_, step) =>
      problem.items.filter(({ isScratch, from }) => isScratch && from === step)
    );
  }

  /** Scratch memory that the kernel of a step asks for. */
  scratchAt(step: number): readonly OffsetItem[] {
    return this.#scratch[step];
  }

  /**
   * Offsets for an item, each at an edge: the bottom, the top of the arena, next to a neighbour, or
   * as far over a neighbour as a rule allows. Ascending, without those that collide.
   */
  of(
    item: number,
    neighbours: readonly number[],
    offsets: Float64Array,
    heightBytes: number,
  ): number[] {
    const { items, steps } = this.problem;
    const { sizeBytes, alignmentBytes: unit } = items[item];
    const edges = new Set<number>([0]);
    if (heightBytes !== Infinity) edges.add(roundDown(heightBytes - sizeBytes, unit));
    for (const other of neighbours) {
      const at = offsets[other];
      edges.add(roundUp(at + items[other].sizeBytes, unit));
      edges.add(roundDown(at - sizeBytes, unit));
      const still = this.#views.get(other)?.get(item);
      if (still !== undefined && (at + still) % unit === 0) edges.add(at + still);
      const step = this.#paired.get(item)?.get(other);
      if (step === undefined) continue;
      const pairing = steps[step].pairings.find((pair) =>
        (pair.input === other && pair.output === item) ||
        (pair.input === item && pair.output === other)
      )!;
      for (const distance of pairingEdges(pairing, steps[step])) {
        const edge = pairing.output === item ? at + distance : at - distance;
        edges.add(roundDown(edge, unit));
        edges.add(roundUp(edge, unit));
      }
    }
    return [...edges]
      .filter((at) => (
        at >= 0 && at + sizeBytes <= heightBytes && this.#isFree(item, at, neighbours, offsets)
      ))
      .sort((a, b) => a - b);
  }

  #isFree(item: number, at: number, neighbours: readonly number[], offsets: Float64Array): boolean {
    const { items, steps } = this.problem;
    const { sizeBytes } = items[item];
    const paired = this.#paired.get(item);
    let shared: number[] | null = null;
    for (const other of neighbours) {
      const otherAt = offsets[other];
      if (at >= otherAt + items[other].sizeBytes || otherAt >= at + sizeBytes) continue;
      if (this.#views.get(other)?.get(item) === at - otherAt) continue;
      const step = paired?.get(other);
      if (step === undefined) return false;
      shared ??= [];
      if (!shared.includes(step)) shared.push(step);
    }
    if (shared === null) return true;
    const before = offsets[item];
    offsets[item] = at;
    let isFree = true;
    for (const step of shared) isFree &&= stepChoice(steps[step], items, offsets) !== null;
    offsets[item] = before;
    return isFree;
  }
}

/** How an operator runs, given where its input and output lie. */
export interface StepChoice {
  readonly form: Exclude<StepForm, "fused">;
  readonly direction: LoopDirection;
  readonly delayPixels: number;
  readonly ringBytes: number;
}

const plain: StepChoice = { form: "plain", direction: "forward", delayPixels: 0, ringBytes: 0 };
const forward: StepChoice = { ...plain, form: "overlap" };
const reverse: StepChoice = { ...forward, direction: "reverse" };

/**
 * The least demanding way to run a step with these offsets, null if there is none. Pairings with an
 * end that has no place yet (offset -1) are not asked.
 */
export function stepChoice(
  rules: StepRules,
  items: readonly OffsetItem[],
  offsets: ArrayLike<number>,
): StepChoice | null {
  let isPlain = true;
  let isForward = true;
  let isReverse = true;
  for (const { input, output, forwardBytes, reverseBytes } of rules.pairings) {
    if (offsets[input] < 0 || offsets[output] < 0) continue;
    const distance = offsets[output] - offsets[input];
    if (distance >= items[input].sizeBytes || distance <= -items[output].sizeBytes) continue;
    isPlain = false;
    if (distance > forwardBytes) isForward = false;
    if (distance < reverseBytes) isReverse = false;
  }
  if (isPlain) return plain;
  if (isForward) return forward;
  if (isReverse) return reverse;
  return inPlaceChoice(rules, offsets);
}

function inPlaceChoice(rules: StepRules, offsets: ArrayLike<number>): StepChoice | null {
  const [pairing] = rules.pairings;
  const distance = offsets[pairing.output] - offsets[pairing.input];
  let best: StepChoice | null = null;
  for (const { distanceBytes, direction, delayPixels, ringBytes } of rules.inPlace) {
    if (distanceBytes !== distance || (best !== null && best.ringBytes <= ringBytes)) continue;
    best = { form: "in-place", direction, delayPixels, ringBytes };
  }
  return best;
}

/** How many outputs of a step lie where they are views of its inputs. */
export function viewsIn(
  { steps, views }: OffsetProblem,
  step: number,
  offsets: ArrayLike<number>,
): number {
  let count = 0;
  for (const { input, output, stillBytes } of steps[step].pairings) {
    if (offsets[output] - offsets[input] === stillBytes) count++;
  }
  for (const { step: own, input, output, stillBytes } of views) {
    if (own === step && offsets[output] - offsets[input] === stillBytes) count++;
  }
  return count;
}

function viewDistances(views: OffsetProblem["views"]): Map<number, Map<number, number>> {
  const distances = new Map<number, Map<number, number>>();
  for (const { input, output, stillBytes } of views) {
    for (const [a, b, way] of [[input, output, stillBytes], [output, input, -stillBytes]]) {
      if (!distances.has(a)) distances.set(a, new Map());
      distances.get(a)!.set(b, way);
    }
  }
  return distances;
}

/** For items that meet in one step only, as input and output of its operator: that step. */
export function pairedSteps(steps: readonly StepRules[]): ReadonlyMap<number, Map<number, number>> {
  const paired = new Map<number, Map<number, number>>();
  const note = (a: number, b: number, step: number) => {
    if (!paired.has(a)) paired.set(a, new Map());
    paired.get(a)!.set(b, step);
  };
  steps.forEach(({ pairings }, step) => {
    for (const { input, output } of pairings) {
      note(input, output, step);
      note(output, input, step);
    }
  });
  return paired;
}

/** Distances at the edges of what a pairing allows. */
function pairingEdges(pairing: Pairing, rules: StepRules): readonly number[] {
  return [
    pairing.forwardBytes,
    pairing.reverseBytes,
    ...pairing.stillBytes === null ? [] : [pairing.stillBytes],
    ...rules.inPlace.map(({ distanceBytes }) => distanceBytes),
  ];
}

/** Bytes in use or free: `[from, until)`. */
export interface ByteRange {
  readonly from: number;
  readonly until: number;
}

/** What is free below `heightBytes` between ranges in use, ascending. */
export function gaps(used: readonly ByteRange[], heightBytes: number): ByteRange[] {
  const free: ByteRange[] = [];
  let at = 0;
  for (const { from, until } of [...used].sort((a, b) => a.from - b.from)) {
    if (from > at) free.push({ from: at, until: Math.min(from, heightBytes) });
    at = Math.max(at, until);
  }
  if (at < heightBytes) free.push({ from: at, until: heightBytes });
  return free;
}

/** Offsets for blocks, the largest first into the lowest gap; null if they do not fit. */
export function fillGaps(
  used: readonly ByteRange[],
  blocks: readonly { readonly sizeBytes: number; readonly alignmentBytes: number }[],
  heightBytes: number,
): number[] | null {
  const inUse = [...used];
  const offsets = new Array<number>(blocks.length);
  const order = [...blocks.keys()].sort((a, b) => blocks[b].sizeBytes - blocks[a].sizeBytes);
  for (const block of order) {
    const { sizeBytes, alignmentBytes } = blocks[block];
    const gap = gaps(inUse, heightBytes)
      .find(({ from, until }) => roundUp(from, alignmentBytes) + sizeBytes <= until);
    if (gap === undefined) return null;
    const from = roundUp(gap.from, alignmentBytes);
    inUse.push({ from, until: from + sizeBytes });
    offsets[block] = from;
  }
  return offsets;
}
