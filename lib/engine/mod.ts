/**
 * The engine: a plan as one WebAssembly module of specialised kernels, in exactly the planned bytes.
 *
 * `createEngine` compiles, `run` computes, bit for bit as `runReference` and TensorFlow Lite Micro do.
 * `profile` times each layer, `explain` shows how it computes, `ablate` switches optimizations off one
 * at a time, `tuneKernels` chooses kernels by measuring. `readFrames`, `decodeImage`, `readNpy` and the
 * others bring files in and out.
 *
 * @example
 * ```ts
 * import { createEngine, run, runReference } from "tinyloom/engine";
 * import { zoo } from "tinyloom/model";
 * import assert from "node:assert/strict";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const input = new Int8Array(490).fill(17);
 * using engine = createEngine(model);
 * assert.deepEqual(run(engine, [input]), runReference(model, [input]).outputs);
 * ```
 *
 * @module
 */

export {
  ablate,
  type AblateOptions,
  type AblationRow,
  ablationRows,
  briefAblationColumns,
} from "./ablation/ablate.ts";
export {
  type OptimizationName,
  optimizationNames,
  optimizations,
} from "./ablation/tinyengine_techniques.ts";
export type { ChosenSchedule, KernelChoices } from "./select/kernel_choices.ts";
export type { Schedules } from "./select/schedules_by_step.ts";
export {
  type TunedKernels,
  tuneKernels,
  type TuneKernelsOptions,
  type TuneKernelsRow,
} from "./select/tune_kernels.ts";
export { createEngine, type EngineOptions } from "./create_engine.ts";
export type { EngineLimits } from "./default_plan.ts";
export type { Engine, EngineLayer, EngineMemory } from "./engine.ts";
export { EngineError } from "./engine_error.ts";
export {
  benchModels,
  type BenchModelsOptions,
  type BenchModelsRow,
} from "./profile/bench_models.ts";
export { explain, type ExplainOptions } from "./explain.ts";
export { profile, type ProfileOptions } from "./profile/profile.ts";
export {
  briefProfileColumns,
  profileColumns,
  type ProfileRow,
  profileRows,
  type ProfileTotals,
  profileTotals,
} from "./profile/profile_table.ts";
export { randomFrame } from "./profile/random_frame.ts";
export { resetState, run, runStatus } from "./run.ts";
export { initialState, type ReferenceState, type StateKey } from "./reference/initial_state.ts";
export { supportedOperators } from "./reference/prepare_operator.ts";
export {
  type ReferenceOptions,
  type ReferenceResult,
  runReference,
  type RunStatus,
} from "./reference/run_reference.ts";
export { decodeImage, type DecodeImageOptions } from "./io/decode_image.ts";
export type { Image, ImageLimits } from "./io/image.ts";
export { type NpyArray, readNpy, writeNpy } from "./io/npy.ts";
export { outputBytes, outputNpy, realValues } from "./io/output_bytes.ts";
export { type PixelRange, pixelRange } from "./io/pixel_range.ts";
export { quantizeValues } from "./io/quantize_values.ts";
export {
  type Frame,
  type InputFile,
  readFrames,
  type ReadFramesOptions,
} from "./io/read_frames.ts";
export { type ImageFit, resizeImage } from "./io/image_values.ts";
export {
  labelsOf,
  readLabels,
  type TopValue,
  topValues,
  type TopValuesOptions,
} from "./io/top_values.ts";
export type { SoundFeatures } from "./io/sound.ts";
export type { ReadImage, ReadSound } from "./io/input_reports.ts";
