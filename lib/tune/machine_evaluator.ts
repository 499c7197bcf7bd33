import type { ThreadPool } from "../codegen/thread_pool.ts";
import type { Reference } from "../measure/reference.ts";
import { takeSample } from "../measure/take_sample.ts";
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

const warm = { minMs: 2, maxMs: 40 };
const sampleMs = 30;
const fewest = 3;
// What is this far from the best need not be known better.
const farOff = 1.5;

/**
 * Judges a schedule by running it: warmed, verified, then the least of some short samples. Noise
 * only ever adds time, so that a good schedule may be overlooked but a bad one is not taken.
 */
export function machineEvaluator(options: MachineEvaluatorOptions): Evaluator {
  const { problem, fma, pool, now } = options;
  return {
    name: "machine",
    evaluate: (nest, { bestNs }) => {
      using timed = timedNest("candidate", nest, { ...problem(), fma, pool });
      warmUp(timed, warm, now);
      const { verified, maxError, tolerance } = timed.verify();
      if (!verified) {
        throw new Error(
          `${nest.name} (${nest.shape}) computes something else under the schedule ` +
            `${
              JSON.stringify(nest.steps)
            }: its largest error is ${maxError}, allowed are ${tolerance}`,
        );
      }
      const startMs = now();
      let batch = 1;
      let leastNs = Infinity;
      for (let sample = 0; sample < fewest || now() - startMs < sampleMs; sample++) {
        const taken = takeSample(timed, batch, { minSampleMs: 1, now });
        batch = taken.batch;
        leastNs = Math.min(leastNs, taken.ns);
        if (sample > 0 && bestNs !== null && leastNs > farOff * bestNs) break;
      }
      return leastNs;
    },
  };
}
