import type { LoopDirection } from "../loop_direction.ts";

/** Something to place: a value of the graph, or scratch memory that a kernel asks for. */
export interface Item {
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
  readonly items: readonly Item[];
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
