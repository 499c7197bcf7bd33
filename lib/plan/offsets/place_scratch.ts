import { fillGaps, gaps, type Range } from "./gaps.ts";
import type { OffsetProblem } from "./offset_problem.ts";
import { type StepChoice, stepChoice } from "./step_choice.ts";

/** How a step runs, and where its ring lies. */
export interface RunStep {
  readonly choice: StepChoice;
  /** Channels that the ring holds; 0 without a ring. */
  readonly channels: number;
  readonly ringOffset: number;
}

/** Steps with rings, and the height of it all. */
export interface PlacedScratch {
  readonly steps: readonly RunStep[];
  readonly heightBytes: number;
}

// As many channels as a SIMD kernel takes at once, four vectors, then less.
const CHANNELS = [64, 48, 32, 16, 8, 4, 2];

/**
 * Rings of depthwise convolutions in place, put into gaps between the items: each as wide (in
 * channels) as there is room for, at most 64.
 *
 * @throws {Error} if the offsets break a rule, which a solver never lets happen.
 */
export function placeScratch(problem: OffsetProblem, offsets: Float64Array): PlacedScratch {
  const { items, steps, channels } = problem;
  const choices = steps.map((rules, step) => {
    const choice = stepChoice(rules, items, offsets);
    if (choice === null) throw new Error(`step ${step} cannot run with these offsets`);
    return choice;
  });
  let heightBytes = items.reduce(
    (top, { sizeBytes }, item) => Math.max(top, offsets[item] + sizeBytes),
    0,
  );
  const used = steps.map((_, step): Range[] =>
    items.flatMap(({ from, until, sizeBytes }, item) =>
      from <= step && step < until ? { from: offsets[item], until: offsets[item] + sizeBytes } : []
    )
  );
  const smallest = choices.map(({ ringBytes }, step) => {
    if (ringBytes === 0) return -1;
    const ring = [{ sizeBytes: ringBytes * channels, alignmentBytes: 1 }];
    const [at] = fillGaps(used[step], ring, heightBytes) ?? fillGaps(used[step], ring, Infinity)!;
    heightBytes = Math.max(heightBytes, at + ringBytes * channels);
    return at;
  });
  const run = choices.map((choice, step): RunStep => {
    const { ringBytes } = choice;
    if (ringBytes === 0) return { choice, channels: 0, ringOffset: -1 };
    const room = gaps(used[step], heightBytes);
    for (const wide of CHANNELS.filter((count) => count > channels)) {
      const gap = room.find(({ from, until }) => until - from >= ringBytes * wide);
      if (gap !== undefined) return { choice, channels: wide, ringOffset: gap.from };
    }
    return { choice, channels, ringOffset: smallest[step] };
  });
  return { steps: run, heightBytes };
}
