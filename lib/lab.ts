/**
 * The lab: one computation as a loop nest, its optimizations as a schedule. Both are plain data.
 *
 * `matmul`, `conv2d` and the others make a nest, `tile`, `vectorize` and the others transform it, one
 * step at a time. Every nest prints (`pseudocode`), compiles to WebAssembly (`execute`, `compile`, `wat`)
 * or to C (`toC`), is counted exactly (`count`, `simulateCache`) and computed in plain loops to compare
 * with (`interpret`). `convVariants` has the ways to compute a convolution, `tune` searches schedules.
 *
 * @example
 * ```ts
 * import { count, matmul, reorder, vectorize } from "tinyloom/lab";
 * import assert from "node:assert/strict";
 *
 * const naive = matmul({ m: 16, k: 16, n: 16 });
 * const simd = vectorize(reorder(naive, ["i", "k", "j"]), "j");
 * assert.equal(count(simd).macs, count(naive).macs);
 * assert(count(simd).loopTests < count(naive).loopTests);
 * ```
 *
 * @module
 */

// Loop nests
export type {
  Access,
  Axis,
  BinaryOp,
  Expr,
  Loop,
  Nest,
  Pack,
  Prefetched,
  Staged,
  Statement,
  Step,
  Tensor,
} from "./nest/nest.ts";
export { type Affine, affine } from "./nest/affine.ts";
export {
  conv1d,
  type Conv1dOptions,
  conv2d,
  type Conv2dOptions,
  type ConvolutionDtype,
  depthwise,
  type DepthwiseOptions,
} from "./nest/convolution.ts";
export { defineNest, type NestDefinition } from "./nest/define_nest.ts";
export type { NestDtype, TensorData } from "./nest/dtype.ts";
export { definePipeline } from "./nest/define_pipeline.ts";
export { interpret, type InterpretOptions } from "./nest/interpret.ts";
export { matmul, type MatmulOptions } from "./nest/matmul.ts";
export type {
  Computation,
  Pipeline,
  PipelineBuffer,
  PipelineNode,
  Repeat,
  Stage,
} from "./nest/pipeline.ts";

// Schedules
export { accumulate } from "./schedule/accumulate.ts";
export { applySteps } from "./schedule/apply_steps.ts";
export { bestMatmul, type BestMatmulOptions } from "./schedule/best_matmul.ts";
export { type LaneBroadcast } from "./schedule/panel_matmul.ts";
export { nativeMatmul, type NativeMatmulOptions } from "./schedule/native_matmul.ts";
export {
  matmulLadder,
  type MatmulLadderName,
  matmulLadderNames,
  type MatmulVariantName,
  matmulVariantNames,
  matmulVariants,
  type MatmulVariantsOptions,
  matmulVariantStarts,
} from "./schedule/matmul_variants.ts";
export { pack, type PackOptions } from "./schedule/pack.ts";
export { parallel } from "./schedule/parallel.ts";
export { registerBlock, type RegisterBlockOptions } from "./schedule/register_block.ts";
export { reorder } from "./schedule/reorder.ts";
export { ScheduleError } from "./schedule/loops.ts";
export { prefetch, type PrefetchOptions } from "./schedule/prefetch.ts";
export { stage, type StageOptions } from "./schedule/stage.ts";
export { tile, type TileOptions } from "./schedule/tile.ts";
export { partialSums, unroll, unrollAndJam } from "./schedule/unroll.ts";
export { vectorize, type VectorizeOptions } from "./schedule/vectorize.ts";

// Convolution
export {
  benchConv,
  type BenchConvOptions,
  convTimingColumns,
  type ConvTimingRow,
  convTimingRows,
  type ConvWinner,
  convWinners,
} from "./conv/bench_conv.ts";
export {
  type ConvError,
  convErrors,
  type ConvVariantName,
  convVariantNames,
  convVariants,
  type ConvVariantsOptions,
} from "./conv/conv_variants.ts";
export {
  type ConvShape,
  convShapes,
  convShapeText,
  type FoundShape,
  parseConvShape,
} from "./conv/conv_shape.ts";
export type { ProductOptions } from "./conv/product_schedule.ts";

// Generated code
export {
  compile,
  type CompileOptions,
  hasExactRelaxedDot,
  type Kernel,
  wat,
} from "./codegen/compile.ts";
export {
  execute,
  type ExecuteOptions,
  instantiate,
  type InstantiateOptions,
  type KernelInstance,
} from "./codegen/execute.ts";
export { pseudocode } from "./codegen/pseudocode/pseudocode.ts";
export { createPool, type ThreadPool } from "./codegen/thread_pool.ts";
export { type CFunctionOptions, toC } from "./codegen/to_c.ts";
export { type JavaScriptOptions, toJavaScript } from "./codegen/to_javascript.ts";

// Kernels
export type { AccessCounts, KernelCounts } from "./kernel/walk/tally.ts";

// Analysis
export { type CacheHierarchy, type CacheLevel, caches } from "./analyze/caches.ts";
export {
  type AccessPattern,
  accessPattern,
  type AccessPatternOptions,
} from "./analyze/access_pattern.ts";
export {
  count,
  type CountLayerOptions,
  type CountOptions,
  type Counts,
  type ExecutedCounts,
  type InnermostCounts,
  type LayerCounts,
} from "./analyze/count.ts";
export {
  type ArithmeticCounts,
  countArithmetic,
  countStages,
  type StageCounts,
} from "./analyze/count_arithmetic.ts";
export {
  type Footprint,
  footprint,
  type MemoryUse,
  memoryUse,
  type MemoryUseOptions,
} from "./analyze/footprint.ts";
export {
  type CacheResult,
  simulateCache,
  type SimulateCacheOptions,
  simulateLayerCache,
  type SimulateLayerCacheOptions,
} from "./analyze/simulate_cache.ts";

// Tuning
export { reproduce, type ReproduceOptions, type Reproduction } from "./tune/reproduce.ts";
export { tune, type Tuned } from "./tune/tune.ts";
export type { Evaluator, TuneOptions, TuneProgress } from "./tune/tune_options.ts";
export {
  type CandidateOrigin,
  type CandidateOutcome,
  tuneColumns,
  type TuneRow,
} from "./tune/candidate.ts";
export type { SearchEnd } from "./tune/search.ts";
