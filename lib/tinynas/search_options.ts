import { checkWhole } from "../check_arguments.ts";
import { type Form, list, number, oneOf, readForm, record, text, whole } from "../form.ts";
import type { WatchedOptions } from "../host.ts";
import { decode } from "./architecture.ts";
import type { BuiltInFitness, Fitness, FitnessOfMany, RatedNetwork } from "./candidate.ts";
import { checkMemoryModel, type MemoryModelName } from "./memory_bounds.ts";
import type { SearchSpace } from "./search_space.ts";
import type { Workers } from "./workers.ts";

/**
 * Options of `searchNetwork`.
 *
 * @category Search
 */
export interface SearchNetworkOptions {
  /**
   * What is to be as large as possible; `macs` when absent. `score`: the entropy of DeepMAD (Shen et
   * al., CVPR 2023), from the network's shapes, without training. A function is asked one network
   * after the other, in a fixed order; a `FitnessOfMany`, as `supernetFitness`, several at once.
   */
  readonly fitness?: BuiltInFitness | Fitness | FitnessOfMany;
  /** How memory is planned; `in-place`, as the MCUNet paper's TinyEngine, when absent. */
  readonly memory?: MemoryModelName;
  /** Multiply-accumulates at most. */
  readonly mostMacs?: number;
  /**
   * Milliseconds of one run at most, as `estimateLatency` tells them for the device, which then must have
   * `core` and `clockMhz`; 1000 / N for N frames a second.
   */
  readonly mostLatencyMs?: number;
  /** Networks of a generation; 100 when absent. */
  readonly population?: number;
  /** Generations after the first, random one; 30 when absent. */
  readonly generations?: number;
  /** The best so far that the next generation descends from; 20 when absent. */
  readonly parents?: number;
  /** Share of children that are mutations of one parent; the others cross two; 0.5 when absent. */
  readonly mutationShare?: number;
  /** Probability that a mutation draws a depth, kernel or expansion anew; 0.1 when absent. */
  readonly mutationRate?: number;
  /** Networks returned of the Pareto front, evenly spread over it; 8 when absent. */
  readonly front?: number;
  /** Determines everything; 1 when absent. */
  readonly seed?: number;
  /** Threads; 1 when absent. Results do not depend on them. */
  readonly workers?: number;
  /** Does the judging instead of threads: what `connectWorkers` gives. Results do not depend on it. */
  readonly machines?: Workers;
  /** A search to go on with; the result is that of one that was never interrupted. */
  readonly resume?: SearchState;
  /** Fires to end the search; the best so far is returned. */
  readonly signal?: AbortSignal;
  /** Called after each generation, to save the state or to show it; it is waited for. */
  readonly onGeneration?: (state: SearchState) => void | Promise<void>;
}

/** Options, and whoever watches the search. */
export type WatchedSearch = SearchNetworkOptions & WatchedOptions<SearchState>;

/** Options with every default filled in. */
export type SearchSettings = ReturnType<typeof searchSettings>;

/**
 * Fills in defaults.
 *
 * @throws {RangeError} for an option out of range.
 */
export function searchSettings(options: SearchNetworkOptions) {
  const settings = {
    fitness: options.fitness ?? "macs",
    memory: options.memory ?? "in-place",
    mostMacs: options.mostMacs ?? null,
    mostLatencyMs: options.mostLatencyMs ?? null,
    population: options.population ?? 100,
    generations: options.generations ?? 30,
    parents: options.parents ?? 20,
    mutationShare: options.mutationShare ?? 0.5,
    mutationRate: options.mutationRate ?? 0.1,
    front: options.front ?? 8,
    seed: options.seed ?? 1,
    workers: options.workers ?? 1,
  } as const;
  checkMemoryModel(settings.memory);
  const { fitness } = settings;
  if (typeof fitness === "string" && fitness !== "macs" && fitness !== "score") {
    throw new RangeError(`fitness "${fitness}", needed macs, score or a function`);
  }
  const { mostLatencyMs } = settings;
  if (mostLatencyMs !== null && !(mostLatencyMs > 0)) {
    throw new RangeError(`mostLatencyMs is ${mostLatencyMs}, needed a number above 0`);
  }
  const { population, generations, parents, front } = settings;
  checkWhole({ population }, 2);
  checkWhole({ generations }, 0);
  checkWhole({ parents, front });
  for (const name of ["mutationShare", "mutationRate"] as const) {
    if (settings[name] >= 0 && settings[name] <= 1) continue;
    throw new RangeError(`${name} is ${settings[name]}, needed a number from 0 to 1`);
  }
  return settings;
}

/**
 * A search after a whole generation: plain JSON, to be written to a file and gone on with.
 *
 * @category Search
 */
export interface SearchState {
  /** What the file is. */
  readonly format: "tinyloom network search";
  /** Version of its fields. */
  readonly schemaVersion: 1;
  /** Space, budget, fitness, seed and sizes of the search, as JSON: only the same search goes on. */
  readonly problem: string;
  /** Generations done, the first random one included. */
  readonly generation: number;
  /** Networks whose fitness was asked for. */
  readonly evaluations: number;
  /** The best and the last generation's, the fittest first. */
  readonly population: readonly RatedNetwork[];
  /** Those of all evaluated networks that no other beats in fitness and costs. */
  readonly front: readonly RatedNetwork[];
}

/**
 * The state in a file's text.
 *
 * @throws {TypeError} the text is something else, with the path to the first field that is wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readSearchState } from "tinyloom";
 *
 * const message = /not a network search: \$\.format is missing/;
 * assert.throws(() => readSearchState("{}"), message);
 * ```
 *
 * @category Search
 */
export function readSearchState(text: string): SearchState {
  return readForm(text, { kind: "a network search", form: searchStateForm });
}

const rated = record({
  genes: list(number),
  resolution: number,
  width: number,
  macs: number,
  params: number,
  peakBytes: number,
  flashBytes: number,
  fitness: number,
});

/** The form of a search's state. */
export const searchStateForm: Form = record({
  format: oneOf("tinyloom network search"),
  schemaVersion: oneOf(1),
  problem: text,
  generation: whole(0),
  evaluations: whole(0),
  population: list(rated),
  front: list(rated),
});

/**
 * Refuses to go on with a state that is not of this search.
 *
 * @throws {TypeError} another problem, or, as in a file that was edited, networks that are none of it.
 */
export function checkState(
  state: SearchState,
  { problem, space }: { readonly problem: string; readonly space: SearchSpace },
): void {
  const wrong = searchStateForm(state, "$");
  if (wrong !== null) throw new TypeError(`the state is no network search: ${wrong}`);
  if (state.problem !== problem) {
    throw new TypeError(`the state is of another search: ${state.problem}, needed ${problem}`);
  }
  for (const name of ["population", "front"] as const) {
    if (state.generation > 0 && state[name].length === 0) {
      throw new TypeError(`the state's $.${name} is [], needed networks of generation 0 and later`);
    }
    state[name].forEach(({ genes }, index) => {
      try {
        decode(space, genes);
      } catch (error) {
        throw new TypeError(`the state's $.${name}[${index}].genes: ${(error as Error).message}`);
      }
    });
  }
}
