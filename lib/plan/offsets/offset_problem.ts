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

/**
 * The largest need over all steps: the sizes alive at the step, rounded up to the alignment that all
 * of them share (but for the topmost), less what its rules let an output share with dying inputs.
 */
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

/** What a step with these items alive needs at least. */
export function needOf(
  items: OffsetProblem["items"],
  alive: readonly number[],
  { rules, channels }: { readonly rules: StepRules; readonly channels: number },
): number {
  const unit = alive.reduce((unit, item) => gcd(unit, items[item].alignmentBytes), 0);
  let total = 0;
  let padding = 0;
  for (const item of alive) {
    const { sizeBytes } = items[item];
    total += roundUp(sizeBytes, unit);
    padding = Math.max(padding, roundUp(sizeBytes, unit) - sizeBytes);
  }
  return total - padding - mostShared(items, rules, { unit, channels });
}

/** The most bytes that the rules let an operator's output share with its inputs, net of the ring. */
function mostShared(
  items: OffsetProblem["items"],
  { pairings, inPlace }: StepRules,
  { unit, channels }: { readonly unit: number; readonly channels: number },
): number {
  if (pairings.length === 0) return 0;
  const sharedAt = (input: number, output: number, distance: number) => {
    const extent = Math.max(input, distance + output) - Math.min(0, distance);
    return Math.max(0, roundUp(input, unit) + roundUp(output, unit) - roundUp(extent, unit));
  };
  let forward = 0;
  let reverse = 0;
  let held = 0;
  for (const pairing of pairings) {
    const input = items[pairing.input].sizeBytes;
    const output = items[pairing.output].sizeBytes;
    const inside = sharedAt(input, output, 0);
    const down = roundDown(pairing.forwardBytes, unit);
    const up = roundUp(pairing.reverseBytes, unit);
    forward += down >= Math.min(0, input - output) ? inside : sharedAt(input, output, down);
    reverse += up <= Math.max(0, input - output) ? inside : sharedAt(input, output, up);
    for (const { distanceBytes, ringBytes } of inPlace) {
      held = Math.max(held, sharedAt(input, output, distanceBytes) - ringBytes * channels);
    }
  }
  const outputBytes = roundUp(items[pairings[0].output].sizeBytes, unit);
  return Math.max(Math.min(outputBytes, Math.max(forward, reverse)), held);
}
