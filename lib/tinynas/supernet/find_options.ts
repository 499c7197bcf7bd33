import { checkWhole } from "../../check_arguments.ts";
import type { Augmentation } from "../data/augment.ts";
import type { RatedNetwork } from "../candidate.ts";
import type { DataDescription } from "../data/describe_data.ts";
import type { DataSplits } from "../data/split_data.ts";
import type { MemoryModelName } from "../memory_bounds.ts";
import type { SpaceRow } from "../optimize_space.ts";
import type { SearchSpace } from "../search_space.ts";
import type { DeployedSubnetwork } from "./deploy_subnetwork.ts";
import type { Workers } from "../workers.ts";
import type { FindState } from "./find_state.ts";
import { dataSpaces, wakeWordSpaces } from "./supernet_of.ts";
import type { SupernetGenes } from "./supernet_space.ts";
import type { TrainedSupernet, TrainProgress } from "./trained_supernet.ts";
import { sharedRate } from "./training_recipe.ts";

/**
 * How far `findNetwork` has got.
 *
 * @category Super-networks
 */
export type FindProgress =
  | { readonly stage: "spaces"; readonly done: number; readonly of: number }
  | { readonly stage: "training" | "tuning" | "quantizing" } & TrainProgress
  | {
    readonly stage: "search";
    /** Of the images of the networks compared now. */
    readonly resolution: number;
    /** Generations done after the first. */
    readonly generation: number;
    readonly generations: number;
    /** Accuracy of the best so far, and its multiply-accumulates. */
    readonly fitness: number;
    readonly macs: number;
  };

/**
 * Options of `findNetwork`.
 *
 * @category Super-networks
 */
export interface FindNetworkOptions {
  /**
   * What to learn, choose by and measure with, of any size: they are resized to the spaces' resolutions;
   * `wakeWordImages` when absent.
   */
  readonly data?: DataSplits;
  /** How examples are changed each time that they are learnt; half of them mirrored when absent. */
  readonly augment?: Augmentation;
  /** What to search; `dataSpaces` of the data, or `wakeWordSpaces()`, when absent. */
  readonly spaces?: readonly SearchSpace[];
  /** How memory is planned; `in-place`, as the MCUNet paper's TinyEngine, when absent. */
  readonly memory?: MemoryModelName;
  /** Multiply-accumulates at most, which bounds the time of training; 2.5 million when absent. */
  readonly mostMacs?: number;
  /** Networks drawn from each space in stage 1; 1,000 when absent. */
  readonly samples?: number;
  /** Resolutions, at most, that the super-network holds; 2 when absent. */
  readonly resolutions?: number;
  /** Networks that fit and learn together; 600 when absent. */
  readonly networks?: number;
  /** Images of the training set; 32,000 when absent. Without `data` only. */
  readonly images?: number;
  /** Images of one step; 64 when absent. */
  readonly batch?: number;
  /** Images of a batch that are normalized together, see `trainSupernet`; 16 when absent. */
  readonly ghostBatch?: number;
  /** Networks that learn from the images of one step; 1 when absent: they take turns. */
  readonly together?: number;
  /** Decay of the weights; 1e-4 when absent. */
  readonly decay?: number;
  /** Share of a label's weight that all classes get alike; 0 when absent. */
  readonly smoothing?: number;
  /** Steps of the super-network's training; 4,000 when absent, fewer where there are few examples. */
  readonly steps?: number;
  /** Highest rate of its gradient descent; 0.2 times the root of `together` when absent. */
  readonly rate?: number;
  /** Steps in which the best network learns alone; as many when absent. */
  readonly tuningSteps?: number;
  /** Highest rate of these; 0.1 when absent. */
  readonly tuningRate?: number;
  /**
   * Steps in which the best network learns on as int8 computes it, see `tuneQuantized`; 0 when absent: it
   * is quantized after training.
   */
  readonly quantizedSteps?: number;
  /** Highest rate of these; 0.01 when absent. */
  readonly quantizedRate?: number;
  /** Networks of a generation; 24 when absent. */
  readonly population?: number;
  /** Generations after the first, random one; 8 when absent. */
  readonly generations?: number;
  /** The best so far that the next generation descends from; 8 when absent. */
  readonly parents?: number;
  /** Networks returned of each resolution's Pareto front; 8 when absent. */
  readonly front?: number;
  /** Examples, at most, that the search compares networks on; 1,000 when absent. */
  readonly validationImages?: number;
  /** Examples, at most, that the ranges of int8 are taken from; 512 when absent. */
  readonly calibrationImages?: number;
  /**
   * Images, seen by neither training nor search, that the accuracy of the result is measured on; 8,000
   * when absent. Without `data` only.
   */
  readonly testImages?: number;
  /** Determines everything; 1 when absent. */
  readonly seed?: number;
  /**
   * Threads; 1 when absent. With `machines`, those of a training on the machine that does it. Results do
   * not depend on them.
   */
  readonly workers?: number;
  /**
   * Train by native code, see `trainSupernet`; false when absent. Results do not depend on it: machines
   * without a compiler do without.
   */
  readonly native?: boolean;
  /**
   * Judge, rate and train networks instead of this process, as `connectWorkers` gives. Trainings go there
   * some steps at a time, and on from the last of these if a machine dies.
   */
  readonly machines?: Workers;
  /** Steps of a training that one of the `machines` does at a time, a multiple of 20; 200 when absent. */
  readonly pieceSteps?: number;
  /** A search to go on with; the result is that of one that was never interrupted. */
  readonly resume?: FindState;
  /** Fires to end the search. */
  readonly signal?: AbortSignal;
  /** Called now and then. */
  readonly onProgress?: (progress: FindProgress) => void;
  /** Called now and then with all that is known, to save it; it is waited for. */
  readonly onState?: (state: FindState) => void | Promise<void>;
}

/**
 * A network found for a device, trained, quantized and run.
 *
 * @category Super-networks
 */
export interface FoundNetwork {
  /** The fittest; its fitness is the accuracy with the super-network's weights. */
  readonly best: RatedNetwork;
  /** Networks that none beats in accuracy, peak memory and multiply-accumulates, by ascending fitness. */
  readonly pareto: readonly RatedNetwork[];
  /** What was learnt, and what any accuracy on it is to be compared with. */
  readonly data: DataDescription;
  /** What stage 1 found about each space. */
  readonly stage1: readonly SpaceRow[];
  /** The super-network that the search asked. */
  readonly supernet: TrainedSupernet;
  /** The super-network after the best network was trained on by itself. */
  readonly tuned: TrainedSupernet;
  /** The best in the tuned super-network. */
  readonly genes: SupernetGenes;
  /** The best as an int8 file, planned and run, with its accuracy before and after quantization. */
  readonly deployed: DeployedSubnetwork;
  /** The best quantized after training; `deployed` itself without `quantizedSteps`. */
  readonly calibrated: DeployedSubnetwork;
  /** Networks whose accuracy was asked for. */
  readonly evaluations: number;
  /** Whether all was done, or a signal ended search or tuning. */
  readonly ended: "done" | "aborted";
}

/** Options with every default filled in. */
export type FindSettings = ReturnType<typeof findSettings>;

/**
 * Fills in defaults; what is out of range is refused where it is used.
 *
 * @throws {RangeError} for numbers of resolutions, networks or images that are no positive integers.
 */
export function findSettings(options: FindNetworkOptions) {
  const steps = options.steps ?? usualSteps(options);
  const settings = {
    spaces: options.spaces ??
      (options.data === undefined ? wakeWordSpaces() : dataSpaces(options.data.train)),
    augment: options.augment ?? {},
    memory: options.memory ?? "in-place",
    mostMacs: options.mostMacs ?? 2_500_000,
    samples: options.samples ?? 1000,
    resolutions: options.resolutions ?? 2,
    networks: options.networks ?? 600,
    images: options.images ?? 32_000,
    batch: options.batch ?? BATCH,
    ghostBatch: options.ghostBatch ?? 16,
    together: options.together ?? 1,
    decay: options.decay ?? 1e-4,
    smoothing: options.smoothing ?? 0,
    steps,
    rate: options.rate ?? sharedRate(0.2, options.together),
    tuningSteps: options.tuningSteps ?? usualSteps(options),
    tuningRate: options.tuningRate ?? 0.1,
    quantizedSteps: options.quantizedSteps ?? 0,
    quantizedRate: options.quantizedRate ?? 0.01,
    population: options.population ?? 24,
    generations: options.generations ?? 8,
    parents: options.parents ?? 8,
    front: options.front ?? 8,
    validationImages: options.validationImages ?? 1000,
    calibrationImages: options.calibrationImages ?? 512,
    testImages: options.testImages ?? 8000,
    seed: options.seed ?? 1,
    workers: options.workers ?? 1,
  } as const;
  const { resolutions, networks, validationImages, calibrationImages, testImages } = settings;
  checkWhole({ quantizedSteps: settings.quantizedSteps }, 0);
  checkWhole({ resolutions, networks, validationImages, calibrationImages, testImages });
  return settings;
}

const BATCH = 64;
const [LEAST_STEPS, MOST_STEPS] = [600, 4000];
/** Times that an example is learnt in each of both trainings, at most. */
const EPOCHS = 120;

/** Few examples are learnt by heart before many steps are done. */
function usualSteps({ data, batch = BATCH }: FindNetworkOptions): number {
  if (data === undefined) return MOST_STEPS;
  const steps = Math.ceil(EPOCHS * data.train.labels.length / batch);
  return Math.max(LEAST_STEPS, Math.min(MOST_STEPS, steps));
}
