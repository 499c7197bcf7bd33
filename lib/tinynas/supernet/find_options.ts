import type { MemoryModelName } from "../memory_bounds.ts";
import type { MemoryBudget } from "../optimize_space.ts";
import type { SearchState } from "../search_options.ts";
import type { SearchSpace } from "../search_space.ts";
import type { Workers } from "../workers.ts";
import { wakeWordSpaces } from "./supernet_of.ts";
import type { TrainedSupernet, TrainProgress } from "./trained_supernet.ts";

/**
 * How far `findNetwork` has got.
 *
 * @category Super-networks
 */
export type FindProgress =
  | { readonly stage: "spaces"; readonly done: number; readonly of: number }
  | { readonly stage: "training" | "tuning" } & TrainProgress
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
  /** What to search, with images of one channel; `wakeWordSpaces()` when absent. */
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
  /** Images of the training set; 32,000 when absent. */
  readonly images?: number;
  /** Images of one step; 64 when absent. */
  readonly batch?: number;
  /** Steps of the super-network's training; 4,000 when absent. */
  readonly steps?: number;
  /** Highest rate of its gradient descent; 0.2 when absent. */
  readonly rate?: number;
  /** Steps in which the best network learns alone; 4,000 when absent. */
  readonly tuningSteps?: number;
  /** Highest rate of these; 0.1 when absent. */
  readonly tuningRate?: number;
  /** Networks of a generation; 24 when absent. */
  readonly population?: number;
  /** Generations after the first, random one; 8 when absent. */
  readonly generations?: number;
  /** The best so far that the next generation descends from; 8 when absent. */
  readonly parents?: number;
  /** Networks returned of each resolution's Pareto front; 8 when absent. */
  readonly front?: number;
  /** Images that the search compares networks on; 1,000 when absent. */
  readonly validationImages?: number;
  /** Images that the ranges of int8 are taken from; 512 when absent. */
  readonly calibrationImages?: number;
  /** Images, seen by neither training nor search, that the accuracy of the result is measured on; 8,000 when absent. */
  readonly testImages?: number;
  /** Determines everything; 1 when absent. */
  readonly seed?: number;
  /** Threads; 1 when absent. Results do not depend on them. */
  readonly workers?: number;
  /** Judges and rates networks instead of threads, as `connectWorkers` gives; training stays here. */
  readonly machines?: Workers;
  /** A search to go on with; the result is that of one that was never interrupted. */
  readonly resume?: FindState;
  /** Fires to end the search. */
  readonly signal?: AbortSignal;
  /** Called now and then. */
  readonly onProgress?: (progress: FindProgress) => void;
  /** Called now and then with all that is known, to save it; it is waited for. */
  readonly onState?: (state: FindState) => void | Promise<void>;
}

/** Options with every default filled in. */
export type FindSettings = ReturnType<typeof findSettings>;

/**
 * Fills in defaults; what is out of range is refused where it is used.
 *
 * @throws {RangeError} for numbers of resolutions, networks or images that are no positive integers.
 */
export function findSettings(options: FindNetworkOptions) {
  const settings = {
    spaces: options.spaces ?? wakeWordSpaces(),
    memory: options.memory ?? "in-place",
    mostMacs: options.mostMacs ?? 2_500_000,
    samples: options.samples ?? 1000,
    resolutions: options.resolutions ?? 2,
    networks: options.networks ?? 600,
    images: options.images ?? 32_000,
    batch: options.batch ?? 64,
    steps: options.steps ?? 4000,
    rate: options.rate ?? 0.2,
    tuningSteps: options.tuningSteps ?? 4000,
    tuningRate: options.tuningRate ?? 0.1,
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
  const images = ["validationImages", "calibrationImages", "testImages"] as const;
  for (const name of ["resolutions", "networks", ...images] as const) {
    const value = settings[name];
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`${name} is ${value}, needed a whole number of at least 1`);
  }
  return settings;
}

/**
 * How far a `findNetwork` has got: plain data, to be gone on with.
 *
 * @category Super-networks
 */
export interface FindState {
  /** What it is. */
  readonly format: "tinyloom super-network search";
  /** Version of its fields. */
  readonly schemaVersion: 1;
  /** Memory, spaces, seed and sizes, as JSON: only the same search goes on. */
  readonly problem: string;
  /** The super-network; null before its training. */
  readonly supernet: TrainedSupernet | null;
  /** The search at each resolution; null where it has not begun. */
  readonly searches: readonly (SearchState | null)[];
  /** The super-network whose best network is trained on; null before. */
  readonly tuned: TrainedSupernet | null;
}

/** Before the first step. */
export function startOfFind(problem: string, resolutions: number): FindState {
  return {
    format: FORMAT,
    schemaVersion: 1,
    problem,
    supernet: null,
    searches: new Array(resolutions).fill(null),
    tuned: null,
  };
}

/** What a state depends on. */
export function findProblem(
  { sramBytes, flashBytes }: MemoryBudget,
  { workers: _, ...settings }: FindSettings,
): string {
  return JSON.stringify({ sramBytes, flashBytes, ...settings });
}

const FORMAT = "tinyloom super-network search";

/**
 * A state as JSON text, to be written to a file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type FindState, readFindState, writeFindState } from "tinyloom";
 *
 * const state: FindState = {
 *   format: "tinyloom super-network search",
 *   schemaVersion: 1,
 *   problem: "{}",
 *   supernet: null,
 *   searches: [null],
 *   tuned: null,
 * };
 * assert.deepEqual(readFindState(writeFindState(state)), state);
 * ```
 *
 * @category Super-networks
 */
export function writeFindState(state: FindState): string {
  const floats = (_: string, value: unknown) =>
    value instanceof Float32Array
      ? { [FLOATS]: new Uint8Array(value.buffer, value.byteOffset, value.byteLength).toBase64() }
      : value;
  return JSON.stringify(state, floats) + "\n";
}

/**
 * The state in a file's text.
 *
 * @throws {TypeError} the text is something else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFindState } from "tinyloom";
 *
 * assert.throws(() => readFindState("{}"), /no super-network search/);
 * ```
 *
 * @category Super-networks
 */
export function readFindState(text: string): FindState {
  const state = parsed(text);
  const isState = state?.format === FORMAT && state.schemaVersion === 1 &&
    typeof state.problem === "string" && Array.isArray(state.searches) &&
    [state.supernet, state.tuned].every((each) =>
      each === null || each?.parameters instanceof Float32Array &&
        each.velocities instanceof Float32Array && Number.isInteger(each.step) &&
        Array.isArray(each.history)
    );
  if (isState) return state as FindState;
  throw new TypeError(
    `this is no super-network search: needed JSON of format "${FORMAT}", schemaVersion 1, ` +
      `found ${JSON.stringify(text.slice(0, 60))}`,
  );
}

const FLOATS = "float32 in base64";

function parsed(text: string): Partial<FindState> | null {
  const floats = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && FLOATS in value
      ? new Float32Array(Uint8Array.fromBase64(String(value[FLOATS])).buffer)
      : value;
  try {
    return JSON.parse(text, floats);
  } catch {
    return null;
  }
}
