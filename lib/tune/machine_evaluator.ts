import type { ThreadPool } from "../codegen/thread_pool.ts";
import { measure, type Measurement } from "../measure/measure.ts";
import { warmUp } from "../measure/warm_up.ts";
import { machinePeakOf } from "../measure/measure_peaks.ts";
import { takeSample } from "../measure/sampler.ts";
import { type Reference, type Timed, type TimedNest, timedNest } from "../measure/timed_nest.ts";
import { timingRows } from "../measure/timing_row.ts";
import type { TensorData } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import type { Evaluator, TuneSettings } from "./tune_options.ts";

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
      peakGmacPerS: (one) => machinePeakOf(one, { peaks, fma }),
    });
    const measured = new Map(timingRows(measurement.table).map((row) => [row.kernel, row.minNs]));
    const leastNs = ({ name, minNs }: Finalist) => Math.min(minNs, measured.get(name) ?? Infinity);
    const [best] = finalists.toSorted((a, b) => leastNs(a) - leastNs(b));
    return { best: best.nest, measurement };
  } finally {
    for (const one of timed) one[Symbol.dispose]();
  }
}

/** What running candidates here takes. */
export interface MachineEvaluatorOptions {
  readonly problem: () => {
    readonly inputs: Readonly<Record<string, TensorData>>;
    readonly reference: Reference;
  };
  readonly fma: boolean;
  readonly pool: ThreadPool | undefined;
  readonly now: () => number;
}

const warm = { minMs: 8, maxMs: 150 };
const sampleMs = { least: 15, most: 150, farOff: 40 };
// A time counts as known when this many samples agree with the least.
const agreeing = 3;
const agreement = 1.03;
// What is this far from the best need not be known better.
const farOff = 2;

/**
 * Judges a schedule by running it: warmed, verified, then the least of some short samples. Noise
 * only ever adds time, so samples are taken until several agree with the least, within limits.
 */
export function machineEvaluator(options: MachineEvaluatorOptions): Evaluator {
  const { problem, fma, pool, now } = options;
  return {
    name: "machine",
    evaluate: async (nest, { bestNs }) => {
      using timed = timedNest("candidate", nest, { ...problem(), fma, pool });
      await warmUp(timed, warm, now);
      const { verified, maxError, tolerance } = await timed.verify();
      if (!verified) {
        throw new Error(
          `${nest.name} (${nest.shape}) computes something else under the schedule ` +
            `${
              JSON.stringify(nest.steps)
            }: its largest error is ${maxError}, allowed are ${tolerance}`,
        );
      }
      return await leastOf(timed, bestNs, now);
    },
  };
}

async function leastOf(
  timed: Timed,
  bestNs: number | null,
  now: () => number,
): Promise<number> {
  const startMs = now();
  const samples: number[] = [];
  let batch = 1;
  for (;;) {
    const taken = await takeSample(timed, batch, { minSampleMs: 1, now });
    batch = taken.batch;
    samples.push(taken.ns);
    const leastNs = Math.min(...samples);
    const spentMs = now() - startMs;
    const known = samples.filter((ns) => ns <= agreement * leastNs).length >= agreeing;
    const hopeless = bestNs !== null && leastNs > farOff * bestNs && spentMs >= sampleMs.farOff;
    if (hopeless || spentMs >= sampleMs.most || (known && spentMs >= sampleMs.least)) {
      return leastNs;
    }
  }
}
