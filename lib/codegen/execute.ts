import { checkInputs } from "../nest/check_inputs.ts";
import { leastOf, type TensorData } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { compile, type CompileOptions } from "./compile.ts";
import { instantiate } from "./instantiate.ts";
import type { ThreadPool } from "./thread_pool.ts";

/** How {@link execute} compiles, and where it runs. */
export interface ExecuteOptions extends Pick<CompileOptions, "fma"> {
  /** Threads for a parallel loop; without a pool there is one thread. */
  readonly pool?: ThreadPool;
}

/**
 * Compiles a nest, runs it once on the given inputs, and returns its outputs, which start at zero
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
 */
export function execute(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
  options: ExecuteOptions = {},
): Record<string, TensorData> {
  const { pool, fma = false } = options;
  const kernel = compile(nest, { fma, threads: pool?.threads ?? 1 });
  using instance = instantiate(kernel, { pool });
  fillInputs(nest, inputs, instance.tensors);
  clearOutputs(nest, instance.tensors);
  instance.run();
  return Object.fromEntries(
    Object.entries(kernel.tensors)
      .filter(([, { role }]) => role === "output")
      .map(([name]) => [name, instance.tensors[name].slice()]),
  );
}

/** Sets outputs to what the nest's update starts from. */
export function clearOutputs(nest: Nest, tensors: Readonly<Record<string, TensorData>>): void {
  for (const { name, dtype, role } of nest.tensors) {
    if (role !== "output") continue;
    tensors[name].fill(nest.body.update === "max" ? leastOf(dtype) : 0);
  }
}

/**
 * Copies inputs into a kernel's tensors.
 *
 * @throws {TypeError} they are not what the nest reads.
 */
export function fillInputs(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
  tensors: Readonly<Record<string, TensorData>>,
): void {
  checkInputs(nest, inputs);
  for (const [name, data] of Object.entries(inputs)) tensors[name].set(data);
}
