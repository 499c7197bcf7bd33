import { gcd } from "../allocate/buffers.ts";
import type { LoopDirection } from "../sliding_window.ts";

/** Something to place: a value of the graph, or scratch memory that a kernel asks for. */
export interface OffsetItem {
  readonly id: string;
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  readonly from: number;
  readonly until: number;
  readonly isScratch: boolean;
}

/** An output that may lie over a dying input, both as positions in the list of items. */
export interface Pairing {
  readonly input: number;
  readonly output: number;
  /** Loops forward: distances up to this one. */
  readonly forwardBytes: number;
  /** Loops backward: distances from this one on. */
  readonly reverseBytes: number;
  /** Distance at which the operator has nothing to do; null: none. */
  readonly stillBytes: number | null;
}

/** A distance at which a depthwise convolution may run channel by channel. */
export interface InPlaceForm {
  readonly distanceBytes: number;
  readonly direction: LoopDirection;
  readonly delayPixels: number;
  /** Ring of one channel. */
  readonly ringBytes: number;
}

/** What the operator of a step allows. */
export interface StepRules {
  readonly pairings: readonly Pairing[];
  /** Only with a single pairing. */
  readonly inPlace: readonly InPlaceForm[];
}

/** Items with lifetimes, and what may share bytes at which step. */
export interface OffsetProblem {
  readonly items: readonly OffsetItem[];
  readonly steps: readonly StepRules[];
  /** Channels that a ring holds at least. */
  readonly channels: number;
}

/** The smallest multiple of `unit` at or above a number. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** The largest multiple of `unit` at or below a number. */
export function roundDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

/** A height that no placement goes below, and the step that needs it. */
export interface OffsetBound {
  readonly boundBytes: number;
  readonly step: number;
}

/** The largest need over all steps. */
export function offsetBound(problem: OffsetProblem): OffsetBound {
  let boundBytes = 0;
  let worst = 0;
  const { items, steps, channels } = problem;
  steps.forEach((rules, step) => {
    const alive = items.flatMap(({ from, until }, item) =>
      from <= step && step < until ? item : []
    );
    const needBytes = needOf(items, alive, { rules, channels });
    if (needBytes > boundBytes) [boundBytes, worst] = [needBytes, step];
  });
  return { boundBytes, step: worst };
}

/**
 * What a step with these items alive needs at least. All begin at multiples of a unit, so one that is
 * not the topmost takes up its size rounded up. Those that a step's output may share bytes with count
 * as one with it, by the bytes of their union: what their sizes come to, less what the rules let them
 * share. Rings, which begin anywhere, may lie in what rounding leaves.
 */
export function needOf(
  items: OffsetProblem["items"],
  alive: readonly number[],
  { rules, channels }: { readonly rules: StepRules; readonly channels: number },
): number {
  const unit = alive.reduce((unit, item) => gcd(unit, items[item].alignmentBytes), 0) || 1;
  const group = new Set(rules.pairings.flatMap(({ input, output }) => [input, output]));
  let alone = 0;
  let padded = 0;
  let padding = 0;
  let groupBytes = 0;
  for (const item of alive) {
    const { sizeBytes } = items[item];
    if (group.has(item)) {
      groupBytes += sizeBytes;
      continue;
    }
    const rounded = roundUp(sizeBytes, unit);
    alone += sizeBytes;
    padded += rounded;
    padding = Math.max(padding, rounded - sizeBytes);
  }
  // Topmost is the union, or the item that leaves the most behind it.
  const heightWith = (union: number) =>
    padded === 0 ? union : Math.min(padded + union, padded - padding + roundUp(union, unit));
  const apart = apartHeight(items, alive, unit);
  const shared = mostShared(items, rules, unit);
  const together = shared > 0 ? heightWith(groupBytes - shared) : Infinity;
  const inPlace = rules.inPlace.map(({ distanceBytes, ringBytes }) => {
    const [{ input, output }] = rules.pairings;
    if (distanceBytes % unit !== 0) return Infinity;
    const union = extentAt(items[input].sizeBytes, items[output].sizeBytes, distanceBytes);
    const bytes = Math.min(groupBytes, union);
    return Math.max(heightWith(bytes), alone + bytes + ringBytes * channels);
  });
  return Math.min(apart, together, ...inPlace);
}

/** What items need that share nothing. */
function apartHeight(
  items: OffsetProblem["items"],
  alive: readonly number[],
  unit: number,
): number {
  let padded = 0;
  let padding = 0;
  for (const item of alive) {
    const { sizeBytes } = items[item];
    const rounded = roundUp(sizeBytes, unit);
    padded += rounded;
    padding = Math.max(padding, rounded - sizeBytes);
  }
  return padded - padding;
}

/** Bytes from the first to the last of an input and an output at a distance. */
function extentAt(input: number, output: number, distance: number): number {
  return Math.max(input, distance + output) - Math.min(0, distance);
}

/** The most bytes that loops in one direction let an operator's output share with its inputs. */
function mostShared(
  items: OffsetProblem["items"],
  { pairings }: StepRules,
  unit: number,
): number {
  if (pairings.length === 0) return 0;
  const sharedAt = (input: number, output: number, distance: number) =>
    Math.max(0, input + output - extentAt(input, output, distance));
  let forward = 0;
  let reverse = 0;
  for (const pairing of pairings) {
    const input = items[pairing.input].sizeBytes;
    const output = items[pairing.output].sizeBytes;
    const inside = Math.min(input, output);
    const down = roundDown(pairing.forwardBytes, unit);
    const up = roundUp(pairing.reverseBytes, unit);
    forward += down >= Math.min(0, input - output) ? inside : sharedAt(input, output, down);
    reverse += up <= Math.max(0, input - output) ? inside : sharedAt(input, output, up);
  }
  // Inputs lie apart from each other, and so do outputs.
  const [inputs, outputs] = (["input", "output"] as const).map((side) =>
    [...new Set(pairings.map((pairing) => pairing[side]))]
      .reduce((sum, item) => sum + items[item].sizeBytes, 0)
  );
  return Math.min(inputs, outputs, Math.max(forward, reverse));
}
