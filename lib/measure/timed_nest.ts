import { isFloat, type TensorData } from "../nest/dtype.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { compile } from "../codegen/compile.ts";
import { clearOutputs, fillInputs } from "../codegen/execute.ts";
import { instantiate, type KernelInstance } from "../codegen/instantiate.ts";
import type { ThreadPool } from "../codegen/thread_pool.ts";
import type { Reference } from "./reference.ts";
import type { Timed } from "./timed.ts";
import { verifyOutput } from "./verify_output.ts";

/** What a nest needs to be timed. */
export interface TimedNestOptions {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly reference: Reference;
  readonly fma: boolean;
  readonly pool?: ThreadPool;
}

/** A compiled nest or pipeline that can be verified and timed; dispose of it to free the pool's threads. */
export interface TimedNest extends Timed {
  readonly computation: Computation;
  readonly [Symbol.dispose]: () => void;
}

/** Compiles a nest or pipeline under a name and fills its inputs. */
export function timedNest(
  name: string,
  computation: Computation,
  options: TimedNestOptions,
): TimedNest {
  const { inputs, reference, fma, pool } = options;
  const kernel = compile(computation, { fma, threads: pool?.threads ?? 1 });
  const instance = instantiate(kernel, { pool });
  const meaning = meaningOf(computation);
  const start = () => {
    fillInputs(computation, inputs, instance.tensors);
    clearOutputs(computation, instance.tensors);
  };
  start();
  instance.prepare();
  const output = instance.tensors[meaning.body.target.tensor];
  const { dtype } = kernel.tensors[meaning.body.target.tensor];
  const macs = meaning.axes.reduce((product, axis) => product * axis.extent, 1);
  const { errorFactor = 1 } = isPipeline(computation) ? computation : {};
  return {
    computation,
    name,
    shape: computation.shape,
    dtype: isFloat(dtype) ? dtype : meaning.tensors[0].dtype,
    schedule: scheduleOf(computation),
    threads: kernel.threads,
    macs,
    verify: () => {
      if (macs >= longMacs) optimize(instance);
      start();
      instance.run();
      return verifyOutput(output, { ...reference, tolerance: errorFactor * reference.tolerance });
    },
    warm: () => instance.warm(),
    run: instance.run,
    [Symbol.dispose]: instance[Symbol.dispose],
  };
}

function scheduleOf(computation: Computation): readonly unknown[] {
  if (!isPipeline(computation)) return computation.steps;
  return stagesOf(computation.nodes).map(({ stage: { title, nest } }) => (
    { stage: title, steps: nest.steps }
  ));
}

const longMacs = 5e7;
const optimizeMs = 80;

// V8 swaps optimised code in between calls only: a long first call would be slow to its end.
function optimize(instance: KernelInstance): void {
  const end = performance.now() + optimizeMs;
  do instance.warm(); while (performance.now() < end);
}
