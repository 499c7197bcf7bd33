/**
 * Efficient neural-network inference, taken apart: every optimization is a step that can be printed,
 * counted, measured and undone.
 *
 * This is everything at once. Each part has a door of its own, which loads less: `tinyloom/lab` (loop
 * nests and their schedules), `tinyloom/measure` (timing and tables), `tinyloom/model` (TFLite files
 * and published architectures), `tinyloom/plan` (the memory planner), `tinyloom/engine` (models as
 * WebAssembly programs), `tinyloom/deploy` (models as C for microcontrollers), `tinyloom/search`
 * (networks for a device), `tinyloom/workers` (their search on many machines), `tinyloom/chart` and `tinyloom/notebook`; `tinyloom/cli` is the program.
 *
 * @example
 * ```ts
 * import { createEngine, planMemory, run, zoo } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const plan = planMemory(model);
 * using engine = createEngine(model, { plan });
 * const [scores] = run(engine, [new Int8Array(490)]);
 * assert.equal(engine.memory.arenaBytes, plan.peakBytes);
 * assert.equal(scores.length, 12);
 * ```
 *
 * @module
 */

export * from "./lib/lab.ts";
export * from "./lib/measure/mod.ts";
export * from "./lib/model/mod.ts";
export * from "./lib/plan/mod.ts";
export * from "./lib/engine/mod.ts";
export * from "./lib/native/mod.ts";
export * from "./lib/deploy/mod.ts";
export * from "./lib/tinynas/mod.ts";
export * from "./lib/workers/mod.ts";
export * from "./lib/chart/mod.ts";
export * from "./lib/notebook/mod.ts";
