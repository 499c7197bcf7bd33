import { checkOptions } from "../check_arguments.ts";
import { compile } from "../codegen/compile.ts";
import { instantiate } from "../codegen/execute.ts";
import { bestMatmul } from "../schedule/best_matmul.ts";
import type { LaneBroadcast } from "../schedule/panel_matmul.ts";

/**
 * How long to measure.
 *
 * @category Measurement
 */
export interface MeasureBroadcastOptions {
  /** Time for both together, default 60 ms. */
  readonly budgetMs?: number;
}

// Whole panels, in the caches, and no rest of any: a small module, and its loop is all that takes time.
const sizes = { m: 200, k: 320, n: 192 } as const;
const fewestRuns = 20;

/**
 * Finds how elements of a matrix best come into all lanes on this machine, for the `broadcast` of
 * {@link bestMatmul}: the faster of its two schedules for a small product, float32 and fused, by the
 * fastest of many runs in turn.
 *
 * @throws {RangeError} `budgetMs` is no positive number.
 *
 * @example
 * ```ts
 * import { bestMatmul, measureBroadcast } from "tinyloom";
 *
 * bestMatmul({ m: 1024, k: 1024, n: 1024, broadcast: measureBroadcast({ budgetMs: 20 }) });
 * ```
 *
 * @category Measurement
 */
export function measureBroadcast(options: MeasureBroadcastOptions = {}): LaneBroadcast {
  checkOptions("measureBroadcast", options, "budgetMs");
  const { budgetMs = 60 } = options;
  if (!(budgetMs > 0)) throw new RangeError(`budgetMs must be positive, found ${budgetMs}`);
  const ways = (["shuffle", "load"] as const).map((broadcast) => {
    const { run, tensors, warm } = instantiate(
      compile(bestMatmul({ ...sizes, broadcast }), { fma: true }),
    );
    // Products of zeros are as fast; sums that grow without end are not.
    tensors.A.fill(2 ** -8);
    tensors.B.fill(2 ** -8);
    warm();
    return { broadcast, run, leastMs: Infinity };
  });
  const end = performance.now() + budgetMs;
  for (let runs = 0; runs < fewestRuns || performance.now() < end; runs++) {
    for (const way of ways) {
      const startMs = performance.now();
      way.run();
      way.leastMs = Math.min(way.leastMs, performance.now() - startMs);
    }
  }
  const [shuffle, load] = ways;
  return load.leastMs < shuffle.leastMs ? load.broadcast : shuffle.broadcast;
}
