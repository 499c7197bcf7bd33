import { checkArguments, checkOptions } from "../check_arguments.ts";
import { leastOf, type TensorData, viewOf } from "../nest/dtype.ts";
import { checkInputs } from "../nest/interpret.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { compile, type CompileOptions, type Kernel } from "./compile.ts";
import type { ThreadPool } from "./thread_pool.ts";

/**
 * How {@link execute} compiles, and where it runs.
 *
 * @category Code generation
 */
export interface ExecuteOptions extends Pick<CompileOptions, "fma" | "relaxedDot"> {
  /** Threads for a parallel loop; without a pool there is one thread. */
  readonly pool?: ThreadPool;
}

/**
 * Compiles a nest or a pipeline, runs it once on the given inputs, and returns its outputs, which start at zero
 * (at the least number for a "max").
 *
 * @throws {TypeError} an input is missing, unknown, of the wrong type or of the wrong length.
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { execute, matmul, vectorize } from "tinyloom";
 *
 * const nest = vectorize(matmul({ m: 1, k: 2, n: 2 }), "j");
 * const { C } = execute(nest, { A: Float32Array.of(2, 3), B: Float32Array.of(1, 10, 100, 1000) });
 * assert.deepEqual([...C], [302, 3020]);
 * ```
 *
 * @category Code generation
 */
export function execute(
  computation: Computation,
  inputs: Readonly<Record<string, TensorData>>,
  options: ExecuteOptions = {},
): Record<string, TensorData> {
  checkOptions("execute", options, "pool fma relaxedDot");
  checkArguments("execute", { computation });
  const { pool, fma, relaxedDot } = options;
  const kernel = compile(computation, { fma, relaxedDot, threads: pool?.threads ?? 1 });
  using instance = instantiate(kernel, { pool });
  fillInputs(computation, inputs, instance.tensors);
  clearOutputs(computation, instance.tensors);
  instance.prepare();
  instance.run();
  return Object.fromEntries(
    Object.entries(kernel.tensors)
      .filter(([, { role }]) => role === "output")
      .map(([name]) => [name, instance.tensors[name].slice()]),
  );
}

/** Sets outputs to what a nest's update starts from; a pipeline sets its outputs itself. */
export function clearOutputs(
  computation: Computation,
  tensors: Readonly<Record<string, TensorData>>,
): void {
  if (isPipeline(computation)) return;
  for (const { name, dtype, role } of computation.tensors) {
    if (role !== "output") continue;
    tensors[name].fill(computation.body.update === "max" ? leastOf(dtype) : 0);
  }
}

/**
 * Copies inputs into a kernel's tensors.
 *
 * @throws {TypeError} they are not what is read.
 */
export function fillInputs(
  computation: Computation,
  inputs: Readonly<Record<string, TensorData>>,
  tensors: Readonly<Record<string, TensorData>>,
): void {
  checkInputs(meaningOf(computation), inputs);
  for (const [name, data] of Object.entries(inputs)) tensors[name].set(data);
}

/**
 * A kernel with its memory, ready to run.
 *
 * @category Code generation
 */
export interface KernelInstance {
  /** What runs. */
  readonly kernel: Kernel;
  /** Views of the tensors in the kernel's memory: write the inputs, read the outputs. */
  readonly tensors: Readonly<Record<string, TensorData>>;
  /** Does what depends on weights alone, once they are filled in; nothing for a nest. */
  readonly prepare: () => void;
  /** Runs the whole nest or pipeline once: a nest updates its output and does not clear it. */
  readonly run: () => void;
  /**
   * Runs only the first elements of the outermost loop: a short call, after some of which the
   * engine's optimising compiler takes over.
   */
  readonly warm: (elements?: number) => void;
  /** Releases what the pool's threads hold. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Where a kernel with several threads runs.
 *
 * @category Code generation
 */
export interface InstantiateOptions {
  /** Threads, as many as the kernel was compiled for. */
  readonly pool?: ThreadPool;
}

type Run = (thread: number, threads: number, limit: number) => void;

const everything = 2 ** 31 - 1;

/**
 * Makes a compiled kernel ready to run in a memory of its own.
 *
 * @throws {TypeError} the kernel has several threads and the pool a different number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { compile, instantiate, matmul } from "tinyloom";
 *
 * using instance = instantiate(compile(matmul({ m: 1, k: 2, n: 1 })));
 * instance.tensors.A.set([2, 3]);
 * instance.tensors.B.set([10, 100]);
 * instance.run();
 * assert.equal(instance.tensors.C[0], 320);
 * ```
 *
 * @category Code generation
 */
export function instantiate(kernel: Kernel, options: InstantiateOptions = {}): KernelInstance {
  checkOptions("instantiate", options, "pool");
  const { threads, memoryPages } = kernel;
  const { pool } = options;
  if (threads > 1 && pool?.threads !== threads) {
    throw new TypeError(
      `The kernel was compiled for ${threads} threads, but ` +
        (pool ? `the pool has ${pool.threads}` : "no pool is given: pass { pool: createPool(n) }"),
    );
  }
  const memory = new WebAssembly.Memory({
    initial: memoryPages,
    maximum: memoryPages,
    shared: threads > 1,
  });
  const module = new WebAssembly.Module(kernel.wasm);
  const { run, prepare } = new WebAssembly.Instance(module, { kernel: { memory } })
    .exports as { readonly run: Run; readonly prepare?: Run };
  const loaded = threads > 1 ? pool!.load(module, memory) : -1;
  let released = false;
  const call = (limit: number): void => {
    if (released) throw new TypeError("The instance was released; instantiate the kernel again");
    if (threads === 1) run(0, 1, limit);
    else pool!.run(loaded, limit, () => run(0, threads, limit));
  };
  const tensors: Record<string, TensorData> = {};
  for (const [name, { dtype, offsetBytes, length }] of Object.entries(kernel.tensors)) {
    tensors[name] = viewOf(dtype, memory.buffer, { offsetBytes, length });
  }
  return {
    kernel,
    tensors,
    prepare: () => prepare?.(0, 1, everything),
    run: () => call(everything),
    warm: (elements = shortest(kernel)) => call(elements),
    [Symbol.dispose]: () => {
      if (threads > 1 && !released) pool!.unload(loaded);
      released = true;
    },
  };
}

// One round of the outermost loop, of every stage.
function shortest({ computation }: Kernel): number {
  const nests = isPipeline(computation)
    ? stagesOf(computation.nodes).map(({ stage }) => stage.nest)
    : [computation];
  return Math.max(...nests.map(({ loops }) => loops[0].step));
}
