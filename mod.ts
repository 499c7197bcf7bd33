// nest
export { type Affine, affine } from "./lib/nest/affine.ts";
export {
  conv1d,
  type Conv1dOptions,
  conv2d,
  type Conv2dOptions,
  type ConvolutionDType,
  depthwise,
  type DepthwiseOptions,
} from "./lib/nest/convolution.ts";
export { defineNest, type NestDefinition } from "./lib/nest/define_nest.ts";
export type { DType, TensorData } from "./lib/nest/dtype.ts";
export { definePipeline } from "./lib/nest/define_pipeline.ts";
export { interpret } from "./lib/nest/interpret.ts";
export { matmul, type MatmulOptions } from "./lib/nest/matmul.ts";
export type {
  Access,
  Axis,
  BinaryOp,
  Expr,
  Loop,
  Nest,
  Pack,
  Staged,
  Statement,
  Tensor,
} from "./lib/nest/nest.ts";
export type { Step } from "./lib/nest/step.ts";
export type {
  Computation,
  Pipeline,
  PipelineBuffer,
  PipelineNode,
  Repeat,
  Stage,
} from "./lib/nest/pipeline.ts";

// schedule
export { accumulate } from "./lib/schedule/accumulate.ts";
export { applySteps } from "./lib/schedule/apply_steps.ts";
export { bestMatmul, type BestMatmulOptions } from "./lib/schedule/best_matmul.ts";
export {
  type MatmulVariantName,
  matmulVariantNames,
  matmulVariants,
  type MatmulVariantsOptions,
} from "./lib/schedule/matmul_variants.ts";
export { pack, type PackOptions } from "./lib/schedule/pack.ts";
export { parallel } from "./lib/schedule/parallel.ts";
export { registerBlock, type RegisterBlockOptions } from "./lib/schedule/register_block.ts";
export { reorder } from "./lib/schedule/reorder.ts";
export { ScheduleError } from "./lib/schedule/schedule_error.ts";
export { stage, type StageOptions } from "./lib/schedule/stage.ts";
export { tile, type TileOptions } from "./lib/schedule/tile.ts";
export { unroll } from "./lib/schedule/unroll.ts";
export { unrollAndJam } from "./lib/schedule/unroll_and_jam.ts";
export { vectorize, type VectorizeOptions } from "./lib/schedule/vectorize.ts";

// conv
export {
  benchConv,
  type BenchConvOptions,
  convTimingColumns,
  type ConvTimingRow,
  convTimingRows,
} from "./lib/conv/bench_conv.ts";
export { type ConvError, convErrors } from "./lib/conv/conv_errors.ts";
export { convShapes, type FoundShape } from "./lib/conv/conv_shapes.ts";
export { parseConvShape } from "./lib/conv/parse_conv_shape.ts";
export type { ProductOptions } from "./lib/conv/product_schedule.ts";
export { type ConvWinner, convWinners } from "./lib/conv/conv_winners.ts";
export { type ConvShape, convShapeText } from "./lib/conv/conv_shape.ts";
export {
  type ConvVariantName,
  convVariantNames,
  convVariants,
  type ConvVariantsOptions,
} from "./lib/conv/conv_variants.ts";

// codegen
export { compile, type CompileOptions, type Kernel } from "./lib/codegen/compile.ts";
export { hasExactRelaxedDot } from "./lib/codegen/exact_relaxed_dot.ts";
export { execute, type ExecuteOptions } from "./lib/codegen/execute.ts";
export {
  instantiate,
  type InstantiateOptions,
  type KernelInstance,
} from "./lib/codegen/instantiate.ts";
export { pseudocode } from "./lib/codegen/pseudocode.ts";
export { createPool, type ThreadPool } from "./lib/codegen/thread_pool.ts";
export { type CFunctionOptions, toC } from "./lib/codegen/to_c.ts";
export { type JavaScriptOptions, toJavaScript } from "./lib/codegen/to_javascript.ts";
export { wat } from "./lib/codegen/wat.ts";

// analyze
export { type CacheHierarchy, type CacheLevel, caches } from "./lib/analyze/caches.ts";
export { type AccessPattern, accessPattern } from "./lib/analyze/access_pattern.ts";
export { count } from "./lib/analyze/count.ts";
export type { Counts, ExecutedCounts, InnermostCounts } from "./lib/analyze/count_nest.ts";
export { type ArithmeticCounts, countArithmetic } from "./lib/analyze/count_arithmetic.ts";
export { countStages, type StageCounts } from "./lib/analyze/count_stages.ts";
export { type MemoryUse, memoryUse, type MemoryUseOptions } from "./lib/analyze/memory_use.ts";
export { type Footprint, footprint } from "./lib/analyze/footprint.ts";
export type { CacheResult } from "./lib/analyze/cache_simulator.ts";
export { simulateCache } from "./lib/analyze/simulate_cache.ts";
export type { CountLayerOptions, LayerCounts } from "./lib/analyze/count_layer.ts";
export {
  simulateLayerCache,
  type SimulateLayerCacheOptions,
} from "./lib/analyze/simulate_layer_cache.ts";
export type { AccessCounts, KernelCounts } from "./lib/kernel/walk/tally.ts";

// measure
export { bench, type BenchOptions } from "./lib/measure/bench.ts";
export {
  type MachinePeaks,
  measurePeaks,
  type MeasurePeaksOptions,
} from "./lib/measure/measure_peaks.ts";
export { randomInputs } from "./lib/measure/random_inputs.ts";
export { environment } from "./lib/measure/environment.ts";
export type { Environment, EnvironmentOptions } from "./lib/measure/environment.ts";
export { wasmFeatures } from "./lib/measure/wasm_features.ts";
export { measure, timingSchemaVersion } from "./lib/measure/measure.ts";
export type { Measurement } from "./lib/measure/measure.ts";
export type { MeasureOptions, MeasureProgress } from "./lib/measure/measure_options.ts";
export type { Timed, Verification } from "./lib/measure/timed.ts";
export { briefTimingColumns, timingColumns, timingRows } from "./lib/measure/timing_row.ts";
export type { TimingRow } from "./lib/measure/timing_row.ts";
export { compare } from "./lib/measure/compare.ts";
export type { ComparedRow, CompareOptions, Comparison } from "./lib/measure/compare.ts";
export { verdict, verdicts } from "./lib/measure/verdict.ts";
export type { SpeedupRow, VerdictOptions } from "./lib/measure/verdict.ts";
export { tableFromRows } from "./lib/measure/table_from_rows.ts";
export type { Row, TableOptions } from "./lib/measure/table_from_rows.ts";
export type { ColumnKind } from "./lib/measure/arrow_column.ts";
export { tableMetadata, tableToRows } from "./lib/measure/table_to_rows.ts";
export { loadTable, saveTable } from "./lib/measure/table_file.ts";
export { writeWhole } from "./lib/measure/write_whole.ts";
export { tableToCsv } from "./lib/measure/table_to_csv.ts";
export { tableToHtml } from "./lib/measure/table_to_html.ts";
export { tableToJson } from "./lib/measure/table_to_json.ts";
export { tableToMarkdown } from "./lib/measure/table_to_markdown.ts";
export { tableToText } from "./lib/measure/table_to_text.ts";
export type { TableViewOptions } from "./lib/measure/table_view.ts";
export { formatCount, formatDuration, formatRatio, formatShare } from "./lib/measure/format.ts";

// tune
export { tune, type Tuned } from "./lib/tune/tune.ts";
export type { Evaluator, TuneOptions, TuneProgress } from "./lib/tune/tune_options.ts";
export { tuneColumns, type TuneRow } from "./lib/tune/tune_table.ts";
export type { SearchEnd } from "./lib/tune/search.ts";
export type { CandidateOrigin, CandidateOutcome } from "./lib/tune/candidate.ts";

// chart
export type { ChartSpec } from "./lib/chart/chart_spec.ts";
export { chartCacheMisses } from "./lib/chart/chart_cache_misses.ts";
export type { CacheMissRow, ChartCacheMissesOptions } from "./lib/chart/chart_cache_misses.ts";
export { chartRoofline } from "./lib/chart/chart_roofline.ts";
export type {
  ChartRooflineOptions,
  Peaks,
  Roofline,
  RooflinePoint,
} from "./lib/chart/chart_roofline.ts";
export { chartSpeedup } from "./lib/chart/chart_speedup.ts";
export type { ChartSpeedupOptions } from "./lib/chart/chart_speedup.ts";
export { chartThroughput } from "./lib/chart/chart_throughput.ts";
export type { ChartThroughputOptions } from "./lib/chart/chart_throughput.ts";
export { type MatmulReport, matmulReport } from "./lib/chart/matmul_report.ts";
export { briefConvColumns, type ConvReport, convReport } from "./lib/chart/conv_report.ts";
export { chartConvSweep, type ChartConvSweepOptions } from "./lib/chart/chart_conv_sweep.ts";
export { renderPng } from "./lib/chart/render_png.ts";
export type { RenderPngOptions } from "./lib/chart/render_png.ts";
export { renderSvg } from "./lib/chart/render_svg.ts";
export { reportHtml } from "./lib/chart/report_html.ts";
export type { Report, ReportListing, ReportSection } from "./lib/chart/report_html.ts";

// notebook
export { chartToText } from "./lib/notebook/chart_text.ts";
export { jupyterDataDirectory } from "./lib/notebook/data_directory.ts";
export {
  type InstalledKernel,
  installKernel,
  type InstallKernelOptions,
} from "./lib/notebook/install_kernel.ts";
export { interruptSignals } from "./lib/notebook/interrupt.ts";
export type { Broadcast } from "./lib/notebook/kernel.ts";
export {
  kernelCommand,
  type KernelCommandOptions,
  type KernelCommandResult,
} from "./lib/notebook/kernel_command.ts";
export { type KernelSpec, kernelSpec, type KernelSpecOptions } from "./lib/notebook/kernelspec.ts";
export { mediaBundle } from "./lib/notebook/media_bundle.ts";
export { type Progress, progress, type ProgressOptions } from "./lib/notebook/progress.ts";
export { type NotebookSession, setupNotebook } from "./lib/notebook/setup_notebook.ts";
export { show, type ShowOptions } from "./lib/notebook/show.ts";
export type {
  MediaBundle,
  MediaOptions,
  Showable,
  ShowableMarkup,
  ShowableSpec,
} from "./lib/notebook/showable.ts";
// Models: graph types, reading and writing TFLite files
export type {
  Activation,
  ActivationAttributes,
  AdditionAttributes,
  AttributeValue,
  NoAttributes,
  Padding,
  Pool2dAttributes,
  StrideAttributes,
  WeightsFormat,
} from "./lib/model/attributes.ts";
export type {
  InputTensors,
  Operands,
  OperatorAccess,
  OperatorDefinition,
  WindowAccess,
} from "./lib/model/operator_definition.ts";
export { operatorDefinitions } from "./lib/model/operators/registry.ts";
export type { ConcatenationAttributes } from "./lib/model/operators/concatenation.ts";
export type { Conv2dAttributes } from "./lib/model/operators/conv_2d.ts";
export type { DepthToSpaceAttributes } from "./lib/model/operators/depth_to_space.ts";
export type { DepthwiseConv2dAttributes } from "./lib/model/operators/depthwise_conv_2d.ts";
export type { FullyConnectedAttributes } from "./lib/model/operators/fully_connected.ts";
export type { LeakyReluAttributes } from "./lib/model/operators/leaky_relu.ts";
export type { ReduceAttributes } from "./lib/model/operators/mean.ts";
export type { PackAttributes } from "./lib/model/operators/pack.ts";
export type { ReshapeAttributes } from "./lib/model/operators/reshape.ts";
export type { ResizeAttributes } from "./lib/model/operators/resize_nearest_neighbor.ts";
export type { SoftmaxAttributes } from "./lib/model/operators/softmax.ts";
export type { SpaceToDepthAttributes } from "./lib/model/operators/space_to_depth.ts";
export type { SplitAttributes } from "./lib/model/operators/split.ts";
export type { SqueezeAttributes } from "./lib/model/operators/squeeze.ts";
export type { StridedSliceAttributes } from "./lib/model/operators/strided_slice.ts";
export type { SvdfAttributes } from "./lib/model/operators/svdf.ts";
export { checkModel, type Place } from "./lib/model/check_model.ts";
export { type ConstantArray, constantValues, zeroValues } from "./lib/model/constant.ts";
export { type Dtype, dtypeBits, dtypeRange, dtypes } from "./lib/model/dtype.ts";
export type { Metadata, Model, NamedTensor, Signature, Subgraph } from "./lib/model/model.ts";
export { ModelError } from "./lib/model/model_error.ts";
export {
  type OpaqueOperator,
  type Operator,
  type OperatorAttributes,
  type OperatorBase,
  type OperatorName,
  operatorName,
  type TypedOperator,
} from "./lib/model/operator.ts";
export { readModel } from "./lib/model/read_model.ts";
export { elements, sizeBytes } from "./lib/model/shape.ts";
export type { Quantization, Tensor as ModelTensor } from "./lib/model/tensor.ts";
export { type WindowExtent, windowExtent } from "./lib/model/window.ts";
export { writeModel } from "./lib/model/write_model.ts";
export { type ActivationRange, activationRange } from "./lib/model/activation_range.ts";
export {
  multiplyByQuantizedMultiplier,
  multiplyInt64ByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
} from "./lib/model/fixed_point.ts";
export { liveBytes } from "./lib/model/live_bytes.ts";
export { macs, operatorMacs } from "./lib/model/macs.ts";
export { summarize, type SummaryColumns } from "./lib/model/summarize.ts";
export { parameterCount, weightsBytes } from "./lib/model/weights.ts";

// The zoo: published architectures, built with seeded weights
export { makeDivisible } from "./lib/model/zoo/make_divisible.ts";
export { type PublishedMcunet, publishedMcunet } from "./lib/model/zoo/published_mcunet.ts";
export {
  type PublishedDeployment,
  publishedTinyEngine,
} from "./lib/model/zoo/published_tinyengine.ts";
export {
  redistribute,
  type RedistributeOptions,
  type Redistribution,
  type StagedNetwork,
} from "./lib/model/zoo/redistribute.ts";
export { zoo } from "./lib/model/zoo/zoo.ts";
export type { ZooOptions } from "./lib/model/zoo/zoo_options.ts";
export { type ZooColumns, zooNames, zooTable } from "./lib/model/zoo/zoo_table.ts";
// plan
export type { Buffer, PlacedBuffer } from "./lib/plan/allocate/buffer.ts";
export type { Allocation } from "./lib/plan/allocate/allocation.ts";
export type { AllocateRules } from "./lib/plan/allocate/rules.ts";
export { allocate, type AllocateOptions } from "./lib/plan/allocate/allocate.ts";
export { allocateGreedy, type AllocateGreedyOptions } from "./lib/plan/allocate/allocate_greedy.ts";
export { lowerBound, type LowerBoundOptions } from "./lib/plan/allocate/lower_bound.ts";
export {
  validateAllocation,
  type ValidateAllocationOptions,
} from "./lib/plan/allocate/validate_allocation.ts";
export { readBuffersCsv, writeBuffersCsv } from "./lib/plan/allocate/buffers_csv.ts";
export {
  guillotineInstance,
  type GuillotineOptions,
} from "./lib/plan/allocate/guillotine_instance.ts";
export { type Device, type DeviceName, devices } from "./lib/plan/devices.ts";
export { depthwiseDelay, type DepthwiseDelayOptions } from "./lib/plan/depthwise_delay.ts";
export { type Fit, type FitOptions, fits } from "./lib/plan/fits.ts";
export { type FlashBytes, flashBytes } from "./lib/plan/flash_bytes.ts";
export { kernelScratch, type ScratchBuffer } from "./lib/plan/kernel_scratch.ts";
export { type Lifetime, lifetimes } from "./lib/plan/lifetimes.ts";
export type { LoopDirection } from "./lib/plan/loop_direction.ts";
export {
  type OperatorOrder,
  orderOperators,
  type OrderOptions,
} from "./lib/plan/order_operators.ts";
export {
  elementwiseDistance,
  type ElementwiseExtent,
  type OverlapDistance,
  overlapDistance,
  type OverlapDistanceOptions,
} from "./lib/plan/overlap_distance.ts";
export {
  type InPlaceRule,
  type OverlapRule,
  overlapRules,
  type OverlapRulesOptions,
} from "./lib/plan/overlap_rules.ts";
export type {
  LiveTensor,
  Plan,
  PlanBuffer,
  PlanPeak,
  PlanStep,
  RemovedOperator,
  SharedBytes,
  StepForm,
} from "./lib/plan/plan.ts";
export { PlanError } from "./lib/plan/plan_error.ts";
export { type PlanScratch, ramBytesOf, type StepScratch } from "./lib/plan/scratch.ts";
export { planMemory } from "./lib/plan/plan_memory.ts";
export type { InputPlace, PlanOptions, ScratchModel } from "./lib/plan/plan_options.ts";
export type {
  ComputeStep,
  CopyStep,
  Extent,
  FusionMode,
  Granularity,
  MicroStep,
  PassWindow,
  PlanSegment,
  ReduceStep,
  SegmentPass,
  SegmentRing,
} from "./lib/plan/segment.ts";
export {
  type HeldBytes,
  type SegmentMoment,
  segmentMoments,
  type SegmentMomentsOptions,
} from "./lib/plan/segment_moments.ts";
export type { ImagePadding, SlidingWindow } from "./lib/plan/sliding_window.ts";
export { type TechniqueName, techniqueNames, techniques } from "./lib/plan/techniques.ts";
export type { PlanFinding } from "./lib/plan/validate/finding.ts";
export { checkPlan, validatePlan } from "./lib/plan/validate_plan.ts";
export { deviceTable } from "./lib/plan/device_table.ts";
export { type PatchStage, patchStage, type PatchStageOptions } from "./lib/plan/patch_stage.ts";
export {
  redistributionTable,
  type RedistributionTableOptions,
} from "./lib/plan/redistribution_table.ts";
export { frontierTable, fusionFrontier } from "./lib/plan/fusion_frontier.ts";
export { offlinePlan, tflmGreedyPlan, withOfflinePlan } from "./lib/plan/offline_plan.ts";
export { type LadderRung, ladderTable, planLadder } from "./lib/plan/plan_ladder.ts";
export { planStepTable, planTable, scratchTable } from "./lib/plan/plan_table.ts";
export { chartActivations, type ChartActivationsOptions } from "./lib/chart/chart_activations.ts";
export { chartFrontier, type ChartFrontierOptions } from "./lib/chart/chart_frontier.ts";
export { chartLadder, type ChartLadderOptions } from "./lib/chart/chart_ladder.ts";
export { chartMemory, type ChartMemoryOptions } from "./lib/chart/chart_memory.ts";
export { chartSegment, type ChartSegmentOptions } from "./lib/chart/chart_segment.ts";
export { chartTiles, type ChartTilesOptions } from "./lib/chart/chart_tiles.ts";

// engine
export { ablate, type AblateOptions } from "./lib/engine/ablation/ablate.ts";
export {
  type AblationRow,
  ablationRows,
  briefAblationColumns,
} from "./lib/engine/ablation/ablate.ts";
export {
  type AccuracyPoint,
  chartAccuracy,
  type ChartAccuracyOptions,
} from "./lib/chart/chart_accuracy.ts";
export { chartAblation, type ChartAblationOptions } from "./lib/chart/chart_ablation.ts";
export {
  type OptimizationName,
  optimizationNames,
  optimizations,
} from "./lib/engine/ablation/optimizations.ts";
export type { ChosenSchedule, KernelChoices } from "./lib/engine/select/kernel_choices.ts";
export type { Schedules } from "./lib/engine/select/schedules_by_step.ts";
export {
  type TunedKernels,
  tuneKernels,
  type TuneKernelsOptions,
} from "./lib/engine/select/tune_kernels.ts";
export type { TuneKernelsRow } from "./lib/engine/select/tune_kernels.ts";
export { createEngine, type EngineOptions } from "./lib/engine/create_engine.ts";
export type { Engine, EngineLayer, EngineMemory } from "./lib/engine/engine.ts";
export { EngineError } from "./lib/engine/engine_error.ts";
export {
  benchModels,
  type BenchModelsOptions,
  type BenchModelsRow,
} from "./lib/engine/profile/bench_models.ts";
export { chartModels, type ChartModelsOptions } from "./lib/chart/chart_models.ts";
export { chartProfile, type ChartProfileOptions } from "./lib/chart/chart_profile.ts";
export {
  chartProfileRoofline,
  type ChartProfileRooflineOptions,
} from "./lib/chart/chart_profile_roofline.ts";
export { explain, type ExplainOptions } from "./lib/engine/explain.ts";
export { profile, type ProfileOptions } from "./lib/engine/profile/profile.ts";
export {
  briefProfileColumns,
  profileColumns,
  type ProfileRow,
  profileRows,
  type ProfileTotals,
  profileTotals,
} from "./lib/engine/profile/profile_table.ts";
export { randomFrame } from "./lib/engine/profile/random_frame.ts";
export { resetState } from "./lib/engine/run.ts";
export { run } from "./lib/engine/run.ts";
export { initialState, type ReferenceState } from "./lib/engine/reference/initial_state.ts";
export { supportedOperators } from "./lib/engine/reference/prepare_operators.ts";
export {
  type ReferenceOptions,
  type ReferenceResult,
  runReference,
} from "./lib/engine/reference/run_reference.ts";

// engine: files in and out
export { decodeImage } from "./lib/engine/io/decode_image.ts";
export type { Image } from "./lib/engine/io/image.ts";
export type { NpyArray } from "./lib/engine/io/npy.ts";
export { outputBytes, outputNpy } from "./lib/engine/io/output_bytes.ts";
export { type PixelRange, pixelRange } from "./lib/engine/io/pixel_range.ts";
export { quantizeValues } from "./lib/engine/io/quantize_values.ts";
export {
  type Frame,
  type InputFile,
  readFrames,
  type ReadFramesOptions,
  type ReadImage,
} from "./lib/engine/io/read_frames.ts";
export { readNpy } from "./lib/engine/io/npy.ts";
export { realValues } from "./lib/engine/io/output_bytes.ts";
export { resizeImage } from "./lib/engine/io/image_values.ts";
export { writeNpy } from "./lib/engine/io/npy.ts";

// search: from a device to a network
export type { Architecture, BlockChoice } from "./lib/search/architecture.ts";
export type { BuiltInFitness } from "./lib/search/judge_network.ts";
export { buildNetwork } from "./lib/search/build_network.ts";
export type {
  Candidate,
  Fitness,
  FitnessOfMany,
  NetworkFigures,
  RatedNetwork,
} from "./lib/search/candidate.ts";
export { decode, encode, type Genes } from "./lib/search/genes.ts";
export type { Processor } from "./lib/search/latency.ts";
export { type MemoryModelName, memoryModels } from "./lib/search/memory_model.ts";
export {
  type MemoryBudget,
  type OptimizedSpace,
  optimizeSpace,
  type OptimizeSpaceOptions,
  type SpaceRow,
  spaceTable,
} from "./lib/search/optimize_space.ts";
export { sample } from "./lib/search/sample.ts";
export { type SearchedNetwork, searchNetwork } from "./lib/search/search_network.ts";
export type { SearchNetworkOptions } from "./lib/search/search_options.ts";
export { readSearchState, type SearchState } from "./lib/search/search_state.ts";
export {
  type SearchSpace,
  searchSpace,
  type SearchSpaceOptions,
  searchSpaces,
  type SpaceGridOptions,
  type SpaceStage,
} from "./lib/search/search_space.ts";
export { chartSpaceCdfs, type ChartSpaceCdfsOptions } from "./lib/chart/chart_space_cdfs.ts";
export { spaceSize } from "./lib/search/space_size.ts";
export { type RandomStream, randomStream } from "./lib/measure/random_stream.ts";
// search: a super-network trained in place
export {
  type BaselineOptions,
  mobileNetV2Space,
  resNetSpace,
} from "./lib/search/supernet/baselines.ts";
export {
  type DeployedSubnetwork,
  type DeployOptions,
  deploySubnetwork,
} from "./lib/search/supernet/deploy_subnetwork.ts";
export { findNetwork, type FoundNetwork } from "./lib/search/supernet/find_network.ts";
export type { FindNetworkOptions, FindProgress } from "./lib/search/supernet/find_options.ts";
export { type FindState, readFindState, writeFindState } from "./lib/search/supernet/find_state.ts";
export {
  fitBaseline,
  type FitBaselineOptions,
  type FittedBaseline,
} from "./lib/search/supernet/fit_baseline.ts";
export { floatModel } from "./lib/search/supernet/float_model.ts";
export { imageSheet, type ImageSheetOptions } from "./lib/search/supernet/image_sheet.ts";
export { wakeWordSpaces } from "./lib/search/supernet/wake_word_spaces.ts";
export { modelAccuracy } from "./lib/search/supernet/model_accuracy.ts";
export { quantizeModel, type QuantizeOptions } from "./lib/search/supernet/quantize_model.ts";
export { quantizeNetwork } from "./lib/search/supernet/quantize_network.ts";
export { type FoldedLayer, type Subnetwork, subnetwork } from "./lib/search/supernet/subnetwork.ts";
export {
  type SupernetFitness,
  supernetFitness,
  type SupernetFitnessOptions,
} from "./lib/search/supernet/supernet_fitness.ts";
export {
  type ListedGenes,
  type SpaceOfWidth,
  supernetGenes,
  supernetSpace,
} from "./lib/search/supernet/supernet_of.ts";
export {
  largestGenes,
  smallestGenes,
  smallSupernetSpace,
  type SupernetBlock,
  type SupernetGenes,
  type SupernetSpace,
  type SupernetStage,
} from "./lib/search/supernet/supernet_space.ts";
export {
  type SupernetWeights,
  type TrainedSupernet,
  type TrainProgress,
  trainSupernet,
  type TrainSupernetOptions,
} from "./lib/search/supernet/train_supernet.ts";
export {
  type LabelledImages,
  wakeWordImages,
  type WakeWordOptions,
} from "./lib/search/supernet/wake_word_images.ts";
// deploy
export { chartDeployment, type ChartDeploymentOptions } from "./lib/chart/chart_deployment.ts";
export { deploy, type Deployment, type DeploymentOptions } from "./lib/deploy/deploy.ts";
export { DeployError } from "./lib/deploy/deploy_error.ts";
export {
  type BoardName,
  type DeployTarget,
  type DeployTargetName,
  deployTargets,
} from "./lib/deploy/deploy_targets.ts";
export {
  briefDeploymentColumns,
  type DeploymentRow,
  deploymentRows,
  type DeploymentTotals,
  deploymentTotals,
  type FlashParts,
} from "./lib/deploy/deployment_table.ts";
export {
  measureDeployment,
  type MeasureDeploymentOptions,
} from "./lib/deploy/measure_deployment.ts";
export type { Project, ProjectLayout } from "./lib/deploy/project/project.ts";
export { readDeploymentLog } from "./lib/deploy/read_log.ts";
export { type DeploymentCheck, verifyDeployment } from "./lib/deploy/verify_deployment.ts";
export { writeDeployment } from "./lib/deploy/write_deployment.ts";
export {
  estimateLatency,
  type EstimateLatencyOptions,
  type LatencyEstimate,
} from "./lib/deploy/latency/estimate_latency.ts";
export { type CycleModel } from "./lib/deploy/latency/cycle_model.ts";
export type { CKernelOptions, CTarget } from "./lib/deploy/c_kernels.ts";
export { planScratch, type PlanScratchOptions } from "./lib/deploy/plan_scratch.ts";
export { emitC, type EmitCOptions, type EmittedC, type EmittedLayer } from "./lib/deploy/emit_c.ts";
