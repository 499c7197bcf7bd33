import { measure, type Timed, timingRows } from "tinyloom";
import { compareOutputs } from "./compare_outputs.ts";
import type { Revision } from "./revision.ts";
import type { Workload } from "./workload.ts";

/** The two that are compared. */
export interface Revisions {
  readonly before: Revision;
  readonly now: Revision;
}

/** How fast one workload is in both revisions. */
export interface PairRow {
  readonly group: string;
  readonly case: string;
  readonly dtype: string;
  /** The least disturbed sample of the other revision. */
  readonly oldMinNs: number;
  /** That of this one. */
  readonly newMinNs: number;
  readonly oldMedianNs: number;
  readonly newMedianNs: number;
  /** Old minimum over new minimum: above 1 where this revision is faster. */
  readonly speedup: number;
  readonly speedupLow: number | null;
  readonly speedupHigh: number | null;
  /** Samples of the revision that got fewer. */
  readonly samples: number;
}

/** Builds a workload in both revisions and tells how their outputs differ; null: they do not. */
export function outputDifference(
  workload: Workload,
  { before, now, rounding }: Revisions & { readonly rounding: boolean },
): string | null {
  using old = workload.build(before);
  using own = workload.build(now);
  const { verified, maxError, tolerance } = compareOutputs(old.outputs(), own.outputs(), {
    rounding,
  });
  return verified ? null : `outputs differ by ${maxError}, allowed are ${tolerance}`;
}

/**
 * Times a workload in both revisions, sample by sample in seeded random order. Each is built anew, the
 * other revision first unless `isSwapped`: where code and data lie in memory is part of the noise.
 *
 * @throws {Error} if the outputs differ.
 */
export async function timePair(
  workload: Workload,
  { before, now, rounding, budgetMs, isSwapped }: Revisions & {
    readonly rounding: boolean;
    readonly budgetMs: number;
    readonly isSwapped: boolean;
  },
): Promise<PairRow> {
  using built = new DisposableStack();
  const build = (revision: Revision) => built.use(workload.build(revision));
  const swapped = isSwapped ? build(now) : null;
  const old = build(before);
  const own = swapped ?? build(now);
  const expected = old.outputs();
  const timed = ([["old", old], ["new", own]] as const).map(([name, one]): Timed => ({
    name,
    shape: workload.name,
    dtype: workload.dtype,
    schedule: [],
    threads: 1,
    macs: workload.macs,
    verify: () => compareOutputs(expected, one.outputs(), { rounding }),
    warm: one.warm,
    run: one.run,
  }));
  const { table } = await measure(timed, {
    budgetMs,
    settleMs: Math.min(1000, budgetMs / 3),
    seed: isSwapped ? 2 : 1,
    environment: { gitCommit: null },
  });
  const [first, second] = timingRows(table);
  return {
    group: workload.group,
    case: workload.name,
    dtype: workload.dtype,
    oldMinNs: first.minNs,
    newMinNs: second.minNs,
    oldMedianNs: first.medianNs,
    newMedianNs: second.medianNs,
    speedup: second.speedup!,
    speedupLow: second.speedupLow,
    speedupHigh: second.speedupHigh,
    samples: Math.min(first.samples, second.samples),
  };
}
