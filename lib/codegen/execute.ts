import { checkInputs } from "../nest/check_inputs.ts";
import { leastOf, type TensorData } from "../nest/dtype.ts";
import { type Computation, isPipeline, meaningOf } from "../nest/pipeline.ts";
import { compile, type CompileOptions } from "./compile.ts";
import { instantiate } from "./instantiate.ts";
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
