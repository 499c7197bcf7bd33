import { randomStream } from "../../measure/random_stream.ts";
import { warmUp } from "../../measure/warm_up.ts";
import type { ConstantArray } from "../../model/constant.ts";
import { ALL_LAYERS } from "../build_module.ts";
import type { Engine } from "../engine.ts";
import { setInputs } from "../run.ts";
import { runtimeOf } from "../runtime.ts";

/** How long to time layers, and how. */
export interface TimeLayersOptions {
  readonly inputs: readonly ConstantArray[];
  readonly seed: number;
  /** Most samples. */
  readonly runs: number;
  /** Time for everything; a quarter at most to warm up. */
  readonly budgetMs: number;
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: "warm" | "time", samples: number) => void;
}

/** Times of one sample, each the mean of `batch` in a row. */
export interface LayerSample {
  /** A whole run, one call. */
  readonly runNs: number;
  /** Each layer, called by itself in its turn. */
  readonly layersNs: readonly number[];
}

/** What was measured. */
export interface LayerTimes {
  readonly samples: readonly LayerSample[];
  readonly batch: number;
  /** What a call that does nothing takes, reading the clock included: taken off every time. */
  readonly callNs: number;
}

const minSampleMs = 1;
const leastSamples = 3;
const warmMs = { minMs: 50, maxMs: 1000 };
const breathEveryMs = 50;

/**
 * Times every layer in its place. A sample is a batch of whole runs and a batch of sweeps; a sweep
 * calls each layer by itself in turn and reads the clock in between. So a layer finds the caches as
 * in a run, filled by the layer before it, and real data. Which of the two comes first is random.
 */
export async function timeLayers(
  engine: Engine,
  options: TimeLayersOptions,
): Promise<LayerTimes> {
  const { seed, runs, budgetMs, signal, onPhase } = options;
  const random = randomStream(seed, 0);
  const clocks = clocksOf(engine, options.inputs);
  const deadlineMs = performance.now() + budgetMs;
  for (const work of [clocks.sweep, clocks.run]) {
    onPhase?.("warm", 0);
    const maxMs = Math.min(warmMs.maxMs, budgetMs / 8);
    const warm = () => void work(1);
    await warmUp(
      { warm },
      { minMs: Math.min(warmMs.minMs, maxMs), maxMs },
      () => performance.now(),
    );
  }
  const quickNs = Math.max(1, Math.min(clocks.run(1), clocks.run(1), clocks.run(1)));
  const batch = Math.ceil(minSampleMs * 1e6 / quickNs);
  let callNs = Infinity;
  const samples: LayerSample[] = [];
  let breathMs = performance.now();
  while (samples.length < runs) {
    if (samples.length >= leastSamples && performance.now() >= deadlineMs) break;
    if (performance.now() - breathMs >= breathEveryMs) {
      // Lets timers, signals and the notebook's stop button have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      breathMs = performance.now();
    }
    if (signal?.aborted && samples.length > 0) break;
    onPhase?.("time", samples.length);
    callNs = Math.min(callNs, clocks.nothing());
    const early = random(2) === 0 ? clocks.run(batch) : null;
    const layersNs = clocks.sweep(batch);
    samples.push({ runNs: early ?? clocks.run(batch), layersNs });
  }
  const net = (ns: number): number => Math.max(0, ns - callNs);
  return {
    samples: samples.map(({ runNs, layersNs }) => (
      { runNs: net(runNs), layersNs: layersNs.map(net) }
    )),
    batch,
    callNs,
  };
}

function clocksOf(engine: Engine, inputs: readonly ConstantArray[]) {
  const { call } = runtimeOf(engine);
  const count = engine.layers.length;
  return {
    /** Mean time of a run in ns. */
    run(batch: number): number {
      let sumMs = 0;
      for (let i = 0; i < batch; i++) {
        // Layers may have written over the inputs.
        setInputs(engine, inputs);
        const fromMs = performance.now();
        call(ALL_LAYERS);
        sumMs += performance.now() - fromMs;
      }
      return 1e6 * sumMs / batch;
    },
    /** Mean time of each layer in ns. */
    sweep(batch: number): readonly number[] {
      const sumsMs = new Float64Array(count);
      for (let i = 0; i < batch; i++) {
        setInputs(engine, inputs);
        let fromMs = performance.now();
        for (let layer = 0; layer < count; layer++) {
          call(layer);
          const untilMs = performance.now();
          sumsMs[layer] += untilMs - fromMs;
          fromMs = untilMs;
        }
      }
      return Array.from(sumsMs, (sumMs) => 1e6 * sumMs / batch);
    },
    /** Mean time in ns of a call for a layer that does not exist. */
    nothing(): number {
      const calls = 20;
      const startMs = performance.now();
      for (let i = 0; i < calls; i++) {
        call(count);
        performance.now();
      }
      return 1e6 * (performance.now() - startMs) / calls;
    },
  };
}
