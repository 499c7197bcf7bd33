import type { ThreadPool } from "../codegen/thread_pool.ts";
import type { Reference } from "../measure/reference.ts";
import { takeSample } from "../measure/take_sample.ts";
import type { Timed } from "../measure/timed.ts";
import { timedNest } from "../measure/timed_nest.ts";
import { warmUp } from "../measure/warm_up.ts";
import type { TensorData } from "../nest/dtype.ts";
import type { Evaluator } from "./tune_options.ts";

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
