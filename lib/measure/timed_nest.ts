import { isFloat, type TensorData } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
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

/** A compiled nest that can be verified and timed; dispose of it to free the pool's threads. */
export interface TimedNest extends Timed {
  readonly nest: Nest;
  readonly [Symbol.dispose]: () => void;
}

/** Compiles a nest under a name and fills its inputs. */
export function timedNest(name: string, nest: Nest, options: TimedNestOptions): TimedNest {
  const { inputs, reference, fma, pool } = options;
  const kernel = compile(nest, { fma, threads: pool?.threads ?? 1 });
  const instance = instantiate(kernel, { pool });
  fillInputs(nest, inputs, instance.tensors);
  clearOutputs(nest, instance.tensors);
  const output = instance.tensors[nest.body.target.tensor];
  const { dtype } = kernel.tensors[nest.body.target.tensor];
  const macs = nest.axes.reduce((product, axis) => product * axis.extent, 1);
  return {
    nest,
    name,
    shape: nest.shape,
    dtype: isFloat(dtype) ? dtype : kernel.nest.tensors[0].dtype,
    schedule: nest.steps,
    threads: kernel.threads,
    macs,
    verify: () => {
      if (macs >= longMacs) optimize(instance);
      clearOutputs(nest, instance.tensors);
      instance.run();
      return verifyOutput(output, reference);
    },
    warm: () => instance.warm(),
    run: instance.run,
    [Symbol.dispose]: instance[Symbol.dispose],
  };
}

const longMacs = 5e7;
const optimizeMs = 80;

// V8 swaps optimised code in between calls only: a long first call would be slow to its end.
function optimize(instance: KernelInstance): void {
  const end = performance.now() + optimizeMs;
  do instance.warm(); while (performance.now() < end);
}
