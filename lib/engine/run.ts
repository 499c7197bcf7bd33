import { checkArguments } from "../check_arguments.ts";
import type { ConstantArray } from "../model/constant.ts";
import { sizeBytes } from "../model/shape.ts";
import { ALL_LAYERS } from "./build_module.ts";
import type { Engine } from "./engine.ts";
import { initialState } from "./reference/initial_state.ts";
import type { RunStatus } from "./reference/run_reference.ts";
import { type EngineRuntime, runtimeOf } from "./runtime.ts";

/**
 * Runs a compiled model once. State of stateful operators goes on from the run before
 * (`resetState`).
 *
 * @param inputs One typed array for each graph input, of its type and number of elements. Where the
 *   plan hands integers over in place of float32 (technique `integer-edges`), these integers are
 *   taken as well.
 * @returns The elements of the graph's outputs, in its order: copies.
 * @throws {TypeError} for an input of the wrong type, or too many or too few of them.
 * @throws {RangeError} for one with the wrong number of elements, or NaN to be quantized.
 * @throws {EngineError} for indices and axes that are out of range, for integers that are divided by 0,
 *   and a FLOOR_DIV by 0; in checked mode, if a byte is read that does not belong to the tensor read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, run, runReference, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const input = new Int8Array(490).fill(17);
 * using engine = createEngine(model);
 * assert.deepEqual(run(engine, [input]), runReference(model, [input]).outputs);
 * ```
 *
 * @category Engine
 */
export function run(engine: Engine, inputs: readonly ConstantArray[]): readonly ConstantArray[] {
  const runtime = runtimeOf(engine);
  fill(engine, runtime, inputs);
  runtime.call(ALL_LAYERS);
  return take(engine, runtime);
}

/** Fills the inputs' bytes, if all of them are inputs of this engine. */
export function setInputs(engine: Engine, inputs: readonly ConstantArray[]): void {
  fill(engine, runtimeOf(engine), inputs);
}

function fill(
  engine: Engine,
  { inputs: ports, checks }: EngineRuntime,
  inputs: readonly ConstantArray[],
): void {
  if (inputs.length !== ports.length) {
    throw new TypeError(`${inputs.length} inputs, needed ${ports.length}`);
  }
  for (let i = 0; i < ports.length; i++) ports[i].check(inputs[i]);
  for (let i = 0; i < ports.length; i++) ports[i].store(inputs[i]);
  if (checks === null) return;
  checks.clear();
  const { model: { tensors }, plan } = engine;
  for (const tensor of plan.inputs) checks.fill(tensor, sizeBytes(tensors[tensor]));
}

/** Copies of the outputs, in the types of the model. */
export function outputsOf(engine: Engine): readonly ConstantArray[] {
  return take(engine, runtimeOf(engine));
}

function take(engine: Engine, { outputs, checks }: EngineRuntime): readonly ConstantArray[] {
  if (checks !== null) {
    const { model: { tensors }, plan } = engine;
    for (const tensor of plan.outputs) checks.take(tensor, sizeBytes(tensors[tensor]));
  }
  return outputs.map((port) => port());
}

/**
 * How the latest run ended. "aborted": an operator ended it early (CIRCULAR_BUFFER does until enough
 * has come in), what comes behind it did not run, and the outputs are those of the run before, zeros
 * at first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, run, runStatus, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * run(engine, [new Int8Array(640)]);
 * assert.equal(runStatus(engine), "complete");
 * ```
 *
 * @category Engine
 */
export function runStatus(engine: Engine): RunStatus {
  checkArguments("runStatus", { engine });
  const { bytes, map: { spaces }, kernels } = runtimeOf(engine);
  const isEnd = kernels.some(({ end }) =>
    end !== undefined && bytes[spaces[end.space] + end.offsetBytes] !== 0
  );
  return isEnd ? "aborted" : "complete";
}

/**
 * Sets the state that lives from run to run (of SVDF) to what it is before the first run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, resetState, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * resetState(engine); // nothing to do: no operator keeps state
 * assert.equal(engine.memory.stateBytes, 0);
 * ```
 *
 * @category Engine
 */
export function resetState(engine: Engine): void {
  checkArguments("resetState", { engine });
  const { bytes, map } = runtimeOf(engine);
  const { state } = map.spaces;
  for (const [key, { buffer }] of initialState(engine.model)) {
    bytes.set(new Uint8Array(buffer), state + map.statePlaceOf(key).offsetBytes);
  }
}
