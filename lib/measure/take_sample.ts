import type { Timed } from "./timed.ts";

/** One sample: the mean time of `batch` runs in a row. */
export interface TakenSample {
  readonly batch: number;
  /** Time of one run in ns. */
  readonly ns: number;
}

const batchAtMost = 1 << 24;

/**
 * Times `batch` runs in a row. A sample shorter than `minSampleMs` would mostly show the clock's
 * steps, so it is thrown away and repeated with a larger batch.
 */
export async function takeSample(
  timed: Timed,
  batch: number,
  { minSampleMs, now }: { readonly minSampleMs: number; readonly now: () => number },
): Promise<TakenSample> {
  for (;;) {
    const fromMs = now();
    for (let run = 0; run < batch; run++) {
      const pending = timed.run();
      if (pending) await pending;
    }
    const elapsedMs = now() - fromMs;
    if (elapsedMs >= minSampleMs || batch >= batchAtMost) {
      return { batch, ns: elapsedMs * 1e6 / batch };
    }
    // 1.2: so that the next sample clears the bar although it may be a little faster.
    const wanted = Math.ceil(1.2 * batch * minSampleMs / Math.max(elapsedMs, minSampleMs / 100));
    batch = Math.min(batchAtMost, Math.max(batch + 1, wanted));
  }
}
