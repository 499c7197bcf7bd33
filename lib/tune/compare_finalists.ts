import type { ThreadPool } from "../codegen/thread_pool.ts";
import { measure, type Measurement } from "../measure/measure.ts";
import { peakOf } from "../measure/peak_of.ts";
import type { Reference } from "../measure/reference.ts";
import { type TimedNest, timedNest } from "../measure/timed_nest.ts";
import { timingRows } from "../measure/timing_row.ts";
import type { TensorData } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import type { TuneSettings } from "./tune_options.ts";

/** A schedule that made it to the last round. */
export interface Finalist {
  readonly name: string;
  readonly nest: Nest;
  /** Its time in the search. */
  readonly minNs: number;
}

/** What comparing takes. */
export interface CompareFinalistsOptions
  extends Pick<TuneSettings, "seed" | "budgetMs" | "fma" | "peaks" | "signal" | "now"> {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly reference: Reference;
  readonly pool: ThreadPool | undefined;
}

/**
 * Measures the finalists against each other, interleaved. The quickest sample decides, those of the
 * search included: under load a short comparison may see none of a schedule undisturbed.
 */
export async function compareFinalists(
  finalists: readonly Finalist[],
  options: CompareFinalistsOptions,
): Promise<{ readonly best: Nest; readonly measurement: Measurement }> {
  const { inputs, reference, fma, pool, peaks, seed, budgetMs, signal, now } = options;
  const timed: TimedNest[] = [];
  try {
    for (const { name, nest } of finalists) {
      timed.push(timedNest(name, nest, { inputs, reference, fma, pool }));
    }
    const measurement = await measure(timed, {
      seed,
      budgetMs,
      settleMs: budgetMs / 2,
      signal,
      now,
      peakGmacPerS: (one) => peakOf(one, { peaks, fma }),
    });
    const measured = new Map(timingRows(measurement.table).map((row) => [row.kernel, row.minNs]));
    const leastNs = ({ name, minNs }: Finalist) => Math.min(minNs, measured.get(name) ?? Infinity);
    const [best] = finalists.toSorted((a, b) => leastNs(a) - leastNs(b));
    return { best: best.nest, measurement };
  } finally {
    for (const one of timed) one[Symbol.dispose]();
  }
}
