/**
 * Search: from a device to a network that fits it (TinyNAS on the memory planner).
 *
 * `optimizeSpace` chooses the search space for a memory, `searchNetwork` searches it by evolution, every
 * candidate planned before it is rated. `trainSupernet` trains all networks of a space at once, on the
 * cores of this machine; `findNetwork` goes all the way to an int8 model with a measured accuracy.
 * What is learnt is plain data: `readData` reads it from files, `splitData` splits it.
 * `compareSearches` says whether that is worth it: searches and controls, over seeds, with intervals.
 *
 * @example
 * ```ts
 * import { optimizeSpace, searchSpaces } from "tinyloom/search";
 * import { devices } from "tinyloom/plan";
 * import assert from "node:assert/strict";
 *
 * const spaces = searchSpaces({ resolutions: [96, 176], widths: [0.3, 0.5] });
 * const { best } = await optimizeSpace(spaces, devices.stm32f746, { samples: 100 });
 * assert.deepEqual([best.resolution, best.width], [176, 0.5]);
 * ```
 *
 * @module
 */

export {
  type Architecture,
  type BlockChoice,
  buildNetwork,
  decode,
  encode,
  type Genes,
} from "./architecture.ts";
export type {
  BuiltInFitness,
  Candidate,
  Fitness,
  FitnessOfMany,
  NetworkFigures,
  RatedNetwork,
} from "./candidate.ts";
export type { Processor } from "./network_cost.ts";
export { type MemoryModelName, memoryModels } from "./memory_bounds.ts";
export {
  type MemoryBudget,
  type OptimizedSpace,
  optimizeSpace,
  type OptimizeSpaceOptions,
  type SpaceRow,
  spaceTable,
} from "./optimize_space.ts";
export { sample } from "./vary.ts";
export type { RunTasksOptions, Workers, WorkTask } from "./workers.ts";
export { type SearchedNetwork, searchNetwork } from "./search_network.ts";
export { readSearchState, type SearchNetworkOptions, type SearchState } from "./search_options.ts";
export {
  type SearchSpace,
  searchSpace,
  type SearchSpaceOptions,
  searchSpaces,
  type SpaceGridOptions,
  spaceSize,
  type SpaceStage,
} from "./search_space.ts";
export {
  type BaselineOptions,
  fitBaseline,
  type FitBaselineOptions,
  type FittedBaseline,
  mobileNetV2Space,
  resNetSpace,
} from "./supernet/supernet_baselines.ts";
export {
  type DeployedSubnetwork,
  type DeployOptions,
  deploySubnetwork,
  modelAccuracy,
  quantizeNetwork,
  type RangedNetwork,
} from "./supernet/deploy_subnetwork.ts";
export { compareSearches, type SearchComparison } from "./compare/compare_searches.ts";
export {
  type ComparedDevice,
  type CompareProgress,
  type CompareSearchesOptions,
  type SearchArm,
  searchArms,
} from "./compare/compare_options.ts";
export { type CompareState, readCompareState, writeCompareState } from "./compare/compare_state.ts";
export { type ZeroCostScores, zeroCostScores } from "./compare/zero_cost.ts";
export { findNetwork } from "./supernet/find_network.ts";
export {
  type FindNetworkOptions,
  type FindProgress,
  type FoundNetwork,
} from "./supernet/find_options.ts";
export { type FindState, readFindState, writeFindState } from "./supernet/find_state.ts";
export { floatModel } from "./supernet/float_model.ts";
export {
  imageSheet,
  type ImageSheetOptions,
  wakeWordImages,
  type WakeWordOptions,
} from "./supernet/wake_word_images.ts";
export { arrayData, type ArrayDataOptions } from "./data/array_data.ts";
export type { DataFile } from "./data/array_files.ts";
export { audioFrontEnd, type FrontEndOptions } from "./data/audio_front_end.ts";
export type { ReadDataOptions } from "./data/class_folders.ts";
export { type ReadData, readData } from "./data/read_data.ts";
export { readIdx, type ReadIdxOptions } from "./data/read_idx.ts";
export { tableData, type TableDataOptions } from "./data/table_data.ts";
export type { Augmentation } from "./data/augment.ts";
export { type ClassCounts, type DataDescription, describeData } from "./data/describe_data.ts";
export type { LabelledData, SoftLabels } from "./data/labelled_data.ts";
export { softLabels, type SoftLabelsOptions } from "./supernet/soft_labels.ts";
export { type LinearBaseline, linearBaseline } from "./data/linear_baseline.ts";
export { dataSets, resizeData } from "./data/resize_data.ts";
export { type DataSplits, splitData, type SplitOptions } from "./data/split_data.ts";
export {
  type DataSpaceOptions,
  dataSpaces,
  type ListedGenes,
  type SpaceOfWidth,
  supernetGenes,
  supernetSpace,
  wakeWordSpaces,
} from "./supernet/supernet_of.ts";
export type { TensorRange } from "./supernet/quantize_constants.ts";
export { quantizeModel, type QuantizeOptions } from "./supernet/quantize_model.ts";
export { type FoldedLayer, type Subnetwork, subnetwork } from "./supernet/subnetwork.ts";
export {
  type SupernetFitness,
  supernetFitness,
  type SupernetFitnessOptions,
} from "./supernet/supernet_fitness.ts";
export {
  largestGenes,
  smallestGenes,
  smallSupernetSpace,
  type SupernetBlock,
  type SupernetGenes,
  type SupernetSpace,
  type SupernetStage,
} from "./supernet/supernet_space.ts";
export type {
  SupernetWeights,
  TrainedSupernet,
  TrainProgress,
} from "./supernet/trained_supernet.ts";
export { trainSupernet, type TrainSupernetOptions } from "./supernet/train_supernet.ts";
export type { TrainingRecipe } from "./supernet/training_recipe.ts";
export {
  type TunedNetwork,
  tuneQuantized,
  type TuneQuantizedOptions,
} from "./supernet/tune_quantized.ts";
