import { dtypeOf, leastOf, type TensorData } from "../nest/dtype.ts";
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

/** Copies inputs into a kernel's tensors, after checking that they fit. */
export function fillInputs(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
  tensors: Readonly<Record<string, TensorData>>,
): void {
  const wanted = nest.tensors.filter((tensor) => tensor.role === "input");
  for (const name of Object.keys(inputs)) {
    if (!wanted.some((tensor) => tensor.name === name)) {
      throw new TypeError(
        `${nest.name} has no input "${name}", only ${wanted.map((each) => each.name).join(", ")}`,
      );
    }
  }
  for (const { name, dtype } of wanted) {
    const data = inputs[name];
    const { length } = tensors[name];
    if (data === undefined) throw new TypeError(`Input "${name}" of ${nest.name} is missing`);
    if (dtypeOf(data) !== dtype || data.length !== length) {
      throw new TypeError(
        `Input "${name}" of ${nest.name} must be ${dtype}[${length}], found ${nameOf(data)}`,
      );
    }
    tensors[name].set(data);
  }
}

function nameOf(data: TensorData): string {
  const dtype = dtypeOf(data);
  if (dtype) return `${dtype}[${data.length}]`;
  return Array.isArray(data) ? "a plain array" : data === null ? "null" : typeof data;
}
