import { warmUp } from "../../measure/warm_up.ts";
import { randomStream } from "../../measure/random.ts";
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
  /** Time for everything; a third at most to warm up. */
  readonly budgetMs: number;
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: "warm" | "time", samples: number) => void;
}

/** Times of one sample, each the mean of `batch` in a row. */
export interface LayerSample {
  /** A whole run, one call. */
  readonly runNs: number;
  /** What is before the first layer and behind the last: with several threads, fork and join. */
  readonly callNs: number;
  /** Each layer of runs that read the clock in between, all its turns in a loop together. */
  readonly layersNs: readonly number[];
  /** How often each layer ran in a run: once, or as often as its loop and branch wanted. */
  readonly layerTurns: readonly number[];
}

/** What was measured. */
export interface LayerTimes {
  readonly samples: readonly LayerSample[];
  readonly batch: number;
  /** What reading the clock takes: taken off every time. */
  readonly markNs: number;
}

const minSampleMs = 1;
const leastSamples = 3;
const warmMs = { minMs: 50, maxMs: 1000 };
const breathEveryMs = 50;

/**
 * Times every layer in its place. A sample is a batch of runs as they are and a batch of runs that
 * read the clock after each layer. So a layer finds caches and data as in any run, and its time
 * holds the threads' waiting for each other. Which of the two batches comes first is random.
 */
export async function timeLayers(
  engine: Engine,
  options: TimeLayersOptions,
): Promise<LayerTimes> {
  const { seed, runs, budgetMs, signal, onPhase } = options;
  const random = randomStream(seed, 0);
  const clocks = clocksOf(engine, options.inputs);
  const deadlineMs = performance.now() + budgetMs;
  for (const work of [clocks.marked, clocks.run]) {
    onPhase?.("warm", 0);
    const maxMs = Math.min(warmMs.maxMs, budgetMs / 6);
    const warm = () => void work(1);
    await warmUp(
      { warm },
      { minMs: Math.min(warmMs.minMs, maxMs), maxMs },
      () => performance.now(),
    );
  }
  const quickNs = Math.min(...Array.from({ length: 9 }, () => clocks.run(1)));
  const batch = Math.ceil(minSampleMs * 1e6 / Math.max(1, quickNs));
  let markNs = Infinity;
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
    const early = random(2) === 0 ? clocks.run(batch) : null;
    const { callNs, markNs: now, layersNs, layerTurns } = clocks.marked(batch);
    markNs = Math.min(markNs, now);
    samples.push({ runNs: early ?? clocks.run(batch), callNs, layersNs, layerTurns });
  }
  const net = (ns: number, marks = 1): number => Math.max(0, ns - marks * markNs);
  return {
    samples: samples.map(({ runNs, callNs, layersNs, layerTurns }) => ({
      runNs: net(runNs),
      callNs: net(net(callNs)),
      layersNs: layersNs.map((ns, layer) => net(ns, layerTurns[layer])),
      layerTurns,
    })),
    batch,
    markNs,
  };
}

function clocksOf(engine: Engine, inputs: readonly ConstantArray[]) {
  const { call, compileMarked } = runtimeOf(engine);
  const count = engine.layers.length;
  /** Of marks: what lies between the first two, then each layer's, all of its turns together. */
  const sumsMs = new Float64Array(count + 1);
  /** How often each was marked. */
  const turns = new Float64Array(count + 1);
  let [firstMs, lastMs] = [0, 0];
  const runMarked = compileMarked((layer) => {
    const nowMs = performance.now();
    if (layer === -2) firstMs = nowMs;
    else {
      sumsMs[layer + 1] += nowMs - lastMs;
      turns[layer + 1]++;
    }
    lastMs = nowMs;
  });
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
    /** Mean times in ns; `markNs` is that of two marks without a layer between them. */
    marked(batch: number) {
      sumsMs.fill(0);
      turns.fill(0);
      let callMs = 0;
      for (let i = 0; i < batch; i++) {
        setInputs(engine, inputs);
        const fromMs = performance.now();
        runMarked();
        callMs += performance.now() - lastMs + firstMs - fromMs;
      }
      const [markNs, ...layersNs] = Array.from(sumsMs, (sumMs) => 1e6 * sumMs / batch);
      const layerTurns = Array.from(turns.subarray(1), (each) => each / batch);
      return { callNs: 1e6 * callMs / batch, markNs, layersNs, layerTurns };
    },
  };
}
