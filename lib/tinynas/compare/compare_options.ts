import { checkWhole } from "../../check_arguments.ts";
import { checkSplits, type DataSplits } from "../data/split_data.ts";
import { checkMemoryModel, type MemoryModelName } from "../memory_bounds.ts";
import type { Processor } from "../network_cost.ts";
import type { MemoryBudget } from "../optimize_space.ts";
import type { SearchSpace } from "../search_space.ts";
import { dataSpaces } from "../supernet/supernet_of.ts";
import { filledRecipe, sharedRate, type TrainingRecipe } from "../supernet/training_recipe.ts";
import type { Workers } from "../workers.ts";
import type { CompareState } from "./compare_state.ts";

/**
 * Ways to come to a network for a memory.
 *
 * @category Super-networks
 */
export const searchArms = {
  evolution: "evolution on the super-network, the best trained on from its weights",
  random: "as many random networks that fit, rated by the same super-network; the best trained on",
  largest: "the most multiply-accumulates that fit, trained on from the super-network's weights",
  entropy: "the highest entropy that fits (DeepMAD), trained on from the super-network's weights",
  mobilenetv2: "MobileNetV2 scaled over width and resolution, chosen by validation; from scratch",
  scratch: "evolution's network from random weights, with as many steps as both trainings together",
} as const;

/**
 * Name of a way.
 *
 * @category Super-networks
 */
export type SearchArm = keyof typeof searchArms;

/**
 * A memory that networks are to fit; with a core and a clock also a time.
 *
 * @category Super-networks
 */
export interface ComparedDevice extends MemoryBudget, Partial<Processor> {
  /** Multiply-accumulates at most on this device; those of the options when absent. */
  readonly mostMacs?: number;
}

/**
 * Options of `compareSearches`.
 *
 * @category Super-networks
 */
export interface CompareSearchesOptions extends TrainingRecipe {
  /**
   * What to learn, and to choose by; `test` is asked once for each network, when all are trained. Of any
   * size: examples are resized to the spaces' resolutions.
   */
  readonly data: DataSplits;
  /** One memory, or several of different names. */
  readonly device: ComparedDevice | readonly ComparedDevice[];
  /** What is compared; all but `entropy` when absent. */
  readonly arms?: readonly SearchArm[];
  /** Everything is done once for each; 1 to 5 when absent. */
  readonly seeds?: readonly number[];
  /** What the others are tested against; `mobilenetv2` when absent, or the first arm. */
  readonly baseline?: SearchArm;
  /** What is searched; `dataSpaces` of the data when absent. */
  readonly spaces?: readonly SearchSpace[];
  /** How memory is planned; `in-place` when absent, `rolling` for plans whose operators are fused. */
  readonly memory?: MemoryModelName;
  /** Multiply-accumulates at most, which bounds the time of training. */
  readonly mostMacs?: number;
  /** Milliseconds of one run at most, as `estimateLatency` tells them; the device then needs a core. */
  readonly mostLatencyMs?: number;
  /** Networks drawn from each space in stage 1; 300 when absent. */
  readonly samples?: number;
  /** Spaces in which fewer networks fit, as a share of these, are not searched; 0.1 when absent. */
  readonly leastShare?: number;
  /** Resolutions, at most, that a super-network holds; 2 when absent. */
  readonly resolutions?: number;
  /** Networks that fit and learn together; 300 when absent. */
  readonly networks?: number;
  /** Steps of a super-network's training; 4,000 when absent. */
  readonly steps?: number;
  /** Steps in which a chosen network learns alone; 4,000 when absent. */
  readonly tuningSteps?: number;
  /** Steps after which MobileNetV2s of several resolutions are compared; 1,000 when absent. */
  readonly trialSteps?: number;
  /** Networks that learn from the images of one step of a super-network; 1 when absent: they take turns. */
  readonly together?: number;
  /** Highest rate of a super-network; `rate` times the root of `together` when absent. */
  readonly supernetRate?: number;
  /** Highest rate from a super-network's weights; half of `rate` when absent. */
  readonly tuningRate?: number;
  /** Networks of a generation; 24 when absent. */
  readonly population?: number;
  /** Generations after the first, random one; 8 when absent. */
  readonly generations?: number;
  /** The best so far that the next generation descends from; 8 when absent. */
  readonly parents?: number;
  /** Examples to choose by that searches compare networks on; 1,000 at most when absent. */
  readonly searchImages?: number;
  /** Training examples that statistics and the ranges of int8 are taken from; 512 when absent. */
  readonly calibrationImages?: number;
  /** Steps, a multiple of 20, after which a training's state is kept; 400 when absent. */
  readonly pieceSteps?: number;
  /** Threads; 1 when absent. Results do not depend on them. */
  readonly workers?: number;
  /**
   * Train by native code, see `trainSupernet`; false when absent. Results do not depend on it. Machines
   * that do the work need a compiler then, too.
   */
  readonly native?: boolean;
  /** Do the work instead of threads, as `connectWorkers` gives. */
  readonly machines?: Workers;
  /** A comparison to go on with; the result is that of one that was never interrupted. */
  readonly resume?: CompareState;
  /** Fires to stop; what `onState` was given last goes on. */
  readonly signal?: AbortSignal;
  /** Called after each round of pieces of work. */
  readonly onProgress?: (progress: CompareProgress) => void;
  /** Called now and then with all that is known, to save it; it is waited for. */
  readonly onState?: (state: CompareState) => void | Promise<void>;
}

/**
 * How far a comparison has got.
 *
 * @category Super-networks
 */
export interface CompareProgress {
  /** Training steps done, of all networks together. */
  readonly done: number;
  /** Those to do, as far as known. */
  readonly of: number;
  /** What was done in this round: the device, the seed, and the part of the work. */
  readonly parts: readonly string[];
  /** How long the round took. */
  readonly seconds: number;
}

/** Options with every default filled in. */
export type CompareSettings = ReturnType<typeof compareSettings>;

/**
 * Fills in defaults; what is out of range is refused here or where it is used.
 *
 * @throws {RangeError} for a number out of range, an unknown arm, or devices of one name.
 */
export function compareSettings(options: CompareSearchesOptions) {
  const { device, data } = options;
  checkSplits(data);
  const recipe = filledRecipe(options);
  const arms = options.arms ?? ["evolution", "random", "largest", "mobilenetv2", "scratch"];
  const settings = {
    devices: Array.isArray(device)
      ? device as readonly ComparedDevice[]
      : [device as ComparedDevice],
    arms: arms as readonly SearchArm[],
    seeds: options.seeds ?? [1, 2, 3, 4, 5],
    baseline: options.baseline ?? (arms.includes("mobilenetv2") ? "mobilenetv2" : arms[0]),
    spaces: options.spaces ?? dataSpaces(data.train),
    memory: options.memory ?? "in-place",
    mostMacs: options.mostMacs ?? null,
    mostLatencyMs: options.mostLatencyMs ?? null,
    samples: options.samples ?? 300,
    leastShare: options.leastShare ?? 0.1,
    resolutions: options.resolutions ?? 2,
    networks: options.networks ?? 300,
    steps: options.steps ?? 4000,
    tuningSteps: options.tuningSteps ?? 4000,
    trialSteps: options.trialSteps ?? 1000,
    recipe,
    together: options.together ?? 1,
    supernetRate: options.supernetRate ?? sharedRate(recipe.rate, options.together),
    tuningRate: options.tuningRate ?? recipe.rate / 2,
    population: options.population ?? 24,
    generations: options.generations ?? 8,
    parents: options.parents ?? 8,
    searchImages: options.searchImages ?? 1000,
    calibrationImages: options.calibrationImages ?? 512,
    pieceSteps: options.pieceSteps ?? 400,
  } as const;
  checkMemoryModel(settings.memory);
  const { channels, classes } = data.train;
  const other = settings.spaces.find((space) =>
    space.inputChannels !== channels || space.classes !== classes.length
  );
  if (other !== undefined) {
    throw new RangeError(
      `a space of ${other.inputChannels} channels and ${other.classes} classes, needed ${channels} ` +
        `and ${classes.length} as the data have`,
    );
  }
  const { resolutions, networks, together, steps, tuningSteps, trialSteps } = settings;
  const { searchImages, calibrationImages, pieceSteps } = settings;
  checkWhole({ resolutions, networks, together, steps, tuningSteps, trialSteps });
  checkWhole({ searchImages, calibrationImages, pieceSteps });
  if (pieceSteps % 20 !== 0) {
    throw new RangeError(`pieceSteps is ${pieceSteps}, needed a multiple of 20`);
  }
  const lists = { arms, seeds: settings.seeds, devices: settings.devices.map(({ name }) => name) };
  for (const [name, values] of Object.entries(lists)) {
    if (values.length > 0 && new Set<unknown>(values).size === values.length) continue;
    throw new RangeError(`${name} are [${values.join(", ")}], needed at least one, none twice`);
  }
  for (const arm of [...arms, settings.baseline]) {
    if (Object.hasOwn(searchArms, arm)) continue;
    throw new RangeError(`arm "${arm}", needed one of ${Object.keys(searchArms).join(", ")}`);
  }
  if (!arms.includes(settings.baseline)) {
    throw new RangeError(
      `the baseline ${settings.baseline} is none of the arms ${arms.join(", ")}`,
    );
  }
  return settings;
}
