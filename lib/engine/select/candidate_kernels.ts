import type { ThreadPool } from "../../codegen/thread_pool.ts";
import type { Timed } from "../../measure/timed_nest.ts";
import { operatorMacs } from "../../model/macs.ts";
import type { Model } from "../../model/model.ts";
import type { Step } from "../../nest/nest.ts";
import type { Plan } from "../../plan/plan.ts";
import { createEngine, type EngineOptions } from "../create_engine.ts";
import type { Engine } from "../engine.ts";
import { convFloat32Schedules } from "../kernels/convolution/conv_float32.ts";
import { convInt8Schedules } from "../kernels/convolution/conv_int8.ts";
import { depthwiseInt8Schedules } from "../kernels/depthwise/depthwise_int8.ts";
import type { Layer } from "../layer.ts";
import { randomFrame } from "../profile/random_frame.ts";
import { verifyEngine } from "../profile/verify_engine.ts";
import { runReference } from "../reference/run_reference.ts";
import { compiledOf, runtimeOf } from "../runtime.ts";
import { type ChosenSchedule, kernelKey } from "./kernel_choices.ts";

/** One way to schedule the kernel of a kind of layer, ready to be timed. */
export interface KernelCandidate {
  readonly key: string;
  /** First layer of that kind. */
  readonly layer: number;
  readonly kernel: string;
  readonly steps: readonly Step[];
  /** Place in the expected order, from 1. */
  readonly expected: number;
  readonly timed: Timed;
}

/** Candidates, and what keeps them alive. */
export interface KernelCandidates {
  readonly candidates: readonly KernelCandidate[];
  readonly [Symbol.dispose]: () => void;
}

/** The kinds of layers of a model that can be scheduled in several ways, `most` ways for each. */
export function candidateKernels(
  model: Model,
  { plan, threads, pool, most, known, seed, signal }: {
    readonly plan: Plan | undefined;
    readonly threads: number | undefined;
    readonly pool: ThreadPool | undefined;
    readonly most: number;
    readonly known: Readonly<Record<string, ChosenSchedule>>;
    readonly seed: number | undefined;
    readonly signal: AbortSignal | undefined;
  },
): KernelCandidates {
  const engines = new DisposableStack();
  const options: EngineOptions = { plan, threads, pool, signal };
  const first = engines.use(createEngine(model, options));
  const kinds = kindsOf(first, known);
  const frame = randomFrame(model, { seed });
  const { outputs: expected } = runReference(model, frame, { signal });
  const ranks = Math.min(most, Math.max(0, ...kinds.map(({ schedules }) => schedules.length)));
  // One engine for each place in the expected order: every layer in it is scheduled that way.
  const candidates = Array.from({ length: ranks }, (_, rank) => {
    const schedules = Object.fromEntries(
      kinds.flatMap(({ layers, schedules }) => {
        const steps = schedules[Math.min(rank, schedules.length - 1)];
        return layers.map((layer) => [layer, steps]);
      }),
    );
    const engine = engines.use(createEngine(model, { ...options, schedules }));
    const there = kinds.filter(({ schedules }) => rank < schedules.length);
    return there.map(({ key, layers: [layer], kernel, schedules }) => {
      const steps = schedules[rank];
      const { operator } = engine.layers[layer];
      const { model } = compiledOf(engine);
      const call = () => runtimeOf(engine).call(layer);
      const timed: Timed = {
        name: `${layer} ${kernel} ${rank + 1}`,
        shape: key,
        dtype: model.tensors[model.operators[operator].outputs[0]].dtype,
        schedule: steps,
        threads: engine.threads,
        macs: operatorMacs(model.operators[operator], model.tensors) ?? 0,
        verify: () => verifyEngine(engine, frame, { expected }),
        warm: call,
        run: call,
      };
      return { key, layer, kernel, steps, expected: rank + 1, timed };
    });
  }).flat();
  return { candidates, [Symbol.dispose]: () => engines[Symbol.dispose]() };
}

interface Kind {
  readonly key: string;
  /** All layers of the kind. */
  readonly layers: readonly number[];
  readonly kernel: string;
  readonly schedules: readonly (readonly Step[])[];
}

function kindsOf(
  engine: Engine,
  known: Readonly<Record<string, ChosenSchedule>>,
): readonly Kind[] {
  const kinds = new Map<string, Kind & { readonly layers: number[] }>();
  runtimeOf(engine).layers.forEach((layer, index) => {
    if (layer === null) return;
    const key = kernelKey(layer);
    if (known[key] !== undefined) return;
    const kind = kinds.get(key);
    if (kind) return void kind.layers.push(index);
    for (const { name, schedules } of scheduledKernels) {
      const ways = schedules(layer);
      if (ways.length > 1) kinds.set(key, { key, layers: [index], kernel: name, schedules: ways });
    }
  });
  return [...kinds.values()];
}

/** A kernel that can be scheduled in several ways. */
export interface ScheduledKernel {
  /** As in `ChosenSchedule`. */
  readonly name: string;
  /** Schedules of a layer, the one expected to be the fastest first; none: not for this layer. */
  readonly schedules: (layer: Layer) => readonly (readonly Step[])[];
}

/** All of them. */
const scheduledKernels: readonly ScheduledKernel[] = [
  { name: "conv int8", schedules: convInt8Schedules },
  { name: "conv float32", schedules: convFloat32Schedules },
  { name: "depthwise int8", schedules: depthwiseInt8Schedules },
];
