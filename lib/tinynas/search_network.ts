import { watched } from "../host.ts";
import { checkOptions } from "../check_arguments.ts";
import { randomStream } from "../measure/random.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { buildNetwork } from "./architecture.ts";
import {
  type Budget,
  candidateOf,
  paretoFront,
  type RatedNetwork,
  spreadOverFront,
} from "./candidate.ts";
import { planOptionsOf } from "./memory_bounds.ts";
import { latencyBudget, type Processor } from "./network_cost.ts";
import type { MemoryBudget } from "./optimize_space.ts";
import { distinct, judge, rated, searchCostsOf } from "./rate_networks.ts";
import {
  checkState,
  type SearchNetworkOptions,
  type SearchSettings,
  searchSettings,
  type SearchState,
  type WatchedSearch,
} from "./search_options.ts";
import type { SearchSpace } from "./search_space.ts";
import { type SearchWorkers, startWorkers } from "./threads.ts";
import { breeder, fittest } from "./vary.ts";

/**
 * What a search found; every network was planned, its plan validated, and run in it.
 *
 * @category Search
 */
export interface SearchedNetwork {
  /** The fittest. */
  readonly best: RatedNetwork;
  /**
   * Networks that none beats in fitness, peak memory and multiply-accumulates (or Flash, where these
   * are the fitness), by ascending fitness.
   */
  readonly pareto: readonly RatedNetwork[];
  /** The model of the best, with random weights. */
  readonly model: Model;
  /** Its plan. */
  readonly plan: Plan;
  /** To go on from, with more generations if need be. */
  readonly state: SearchState;
  /** Networks whose fitness was asked for. */
  readonly evaluations: number;
  /** Whether all generations were run, or a signal ended the search. */
  readonly ended: "generations" | "aborted";
}

/**
 * Stage 2 of TinyNAS (Lin et al., MCUNet, NeurIPS 2020, section 3.1): evolution within one space
 * under the memory of a device. The first generation is drawn at random; each next one has as many
 * children as the population, half of them mutations of one of the best so far and half crossed from
 * two. What breaks the budget is thrown away and replaced.
 *
 * The result depends on the space, the budget, the options and the seed alone, not on the number of
 * workers or on interruptions.
 *
 * @throws {RangeError} for an option out of range, or if hardly any network of the space fits.
 * @throws {TypeError} for a latency without a device's core and clock, if the state to resume is that of another search, or a fitness is no number.
 * @throws {DOMException} named `AbortError` if the signal fires before the first network is found.
 * @throws {PlanError} if a plan does not hold.
 * @throws {EngineError} if a network gives other results than the reference interpreter.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices, searchNetwork, searchSpace } from "tinyloom";
 *
 * const space = searchSpace({ resolution: 48, width: 0.3, classes: 2 });
 * const { best, plan } = await searchNetwork(space, devices.nano33ble, {
 *   population: 10,
 *   generations: 3,
 *   parents: 4,
 *   front: 1,
 * });
 * assert.equal(best.peakBytes, plan.peakBytes);
 * assert.ok(best.peakBytes <= devices.nano33ble.sramBytes);
 * ```
 *
 * @category Search
 */
export async function searchNetwork(
  space: SearchSpace,
  device: MemoryBudget & Partial<Processor>,
  options: SearchNetworkOptions = {},
): Promise<SearchedNetwork> {
  checkOptions(
    "searchNetwork",
    options,
    "fitness memory mostMacs mostLatencyMs population generations parents mutationShare",
    "mutationRate front seed workers machines resume signal onGeneration",
  );
  const total = searchSettings(options).generations + 1;
  const state = (now: SearchState) => [now.generation, `${now.evaluations} networks`] as const;
  const work = { label: "search", total, unit: "generations", state };
  return await watched(options as WatchedSearch, work, (each) => searchAll(space, device, each));
}

async function searchAll(
  space: SearchSpace,
  device: MemoryBudget & Partial<Processor>,
  options: WatchedSearch,
): Promise<SearchedNetwork> {
  const settings = searchSettings(options);
  const { memory, mostMacs, mostLatencyMs } = settings;
  const latency = latencyBudget(mostLatencyMs, device);
  const { sramBytes, flashBytes } = device;
  const budget = { sramBytes, flashBytes, memory, macs: mostMacs, latency };
  const problem = problemOf(space, budget, settings);
  const costs = searchCostsOf(settings);
  if (options.resume !== undefined) checkState(options.resume, { problem, space });
  let state = options.resume ?? startOf(problem);
  let ended: SearchedNetwork["ended"] = "generations";
  using workers = startWorkers(settings.workers, options.machines);
  // Those of a generation that a signal cut off count for the answer, not for the state.
  const extra: RatedNetwork[] = [];
  while (state.generation <= settings.generations) {
    extra.length = 0;
    try {
      const found = (network: RatedNetwork) => extra.push(network);
      state = await nextState(state, { space, budget, settings, workers, found, options });
    } catch (error) {
      if (!options.signal?.aborted || error !== options.signal.reason) throw error;
      if (state.population.length + extra.length === 0) throw error;
      ended = "aborted";
      break;
    }
    extra.length = 0;
    options.onProgress?.(state);
    await options.onGeneration?.(state);
  }
  const front = spreadOverFront(paretoFront([...state.front, ...extra], costs), settings.front);
  const [fit] = fittest([...state.population.slice(0, 1), ...extra]);
  const tasks = [fit, ...front.filter(({ genes }) => String(genes) !== String(fit.genes))]
    .map((network) => ({ kind: "verify", space, network, memory }) as const);
  // Whoever interrupts waits for nobody elsewhere.
  using here = startWorkers(1);
  const verified = await (ended === "aborted" ? here : workers).run<"verify">(tasks);
  const [best] = verified;
  const model = buildNetwork({ space, genes: best.genes });
  return {
    best,
    pareto: paretoFront(verified, costs),
    model,
    plan: planMemory(model, planOptionsOf(memory)),
    state,
    evaluations: state.evaluations + extra.length,
    ended,
  };
}

// Draws for each place in a generation before the space counts as too large for the budget.
const MOST_DRAWS = 1000;
// Enough to share out over threads, few enough for a signal to be heard.
const NETWORKS_AT_ONCE = 16;

async function nextState(
  state: SearchState,
  { space, budget, settings, workers, found, options }: {
    readonly space: SearchSpace;
    readonly budget: Budget;
    readonly settings: SearchSettings;
    readonly workers: SearchWorkers;
    readonly found: (network: RatedNetwork) => void;
    readonly options: SearchNetworkOptions;
  },
): Promise<SearchState> {
  const { population, fitness, seed } = settings;
  const { signal } = options;
  const random = randomStream(seed, state.generation);
  const parents = state.population.slice(0, settings.parents);
  const breed = breeder(space, parents, settings);
  const seen = new Set(state.population.map(({ genes }) => String(genes)));
  const children: RatedNetwork[] = [];
  for (let draws = 0; children.length < population; draws += population) {
    signal?.throwIfAborted();
    if (draws >= MOST_DRAWS * population) {
      if (children.length > 0 || parents.length > 0) break;
      throw new RangeError(
        `none of ${draws} networks at resolution ${space.resolution} and width ${space.width} fits ` +
          `${budget.sramBytes} B of SRAM and ${budget.flashBytes} B of Flash`,
      );
    }
    const genes = distinct(Array.from({ length: population }, () => breed(random)), seen);
    const judged = await judge(genes, { space, budget, settings, workers, signal });
    const fitting = judged.filter((network) => network !== null)
      .slice(0, population - children.length)
      .map(({ isPlanned: _, ...figures }) => figures);
    const several = typeof fitness === "object" ? NETWORKS_AT_ONCE : 1;
    for (let at = 0; at < fitting.length; at += several) {
      signal?.throwIfAborted();
      const figures = fitting.slice(at, at + several);
      const candidates = figures.map((each) => candidateOf(space, each));
      const ratings = await rated(fitness, { figures, candidates, signal });
      figures.forEach((each, i) => {
        const network = { ...each, fitness: ratings[i] };
        children.push(network);
        found(network);
      });
    }
  }
  return {
    ...state,
    generation: state.generation + 1,
    evaluations: state.evaluations + children.length,
    population: fittest([...parents, ...children]),
    front: paretoFront([...state.front, ...children], searchCostsOf(settings)),
  };
}

function startOf(problem: string): SearchState {
  return {
    format: "tinyloom network search",
    schemaVersion: 1,
    problem,
    generation: 0,
    evaluations: 0,
    population: [],
    front: [],
  };
}

/** What a state depends on; more generations go on with the same search. */
function problemOf(space: SearchSpace, budget: Budget, settings: SearchSettings): string {
  const { population, parents, mutationShare, mutationRate, seed } = settings;
  const { fitness: asked } = settings;
  const fitness = typeof asked === "object"
    ? asked.name
    : typeof asked === "string"
    ? asked
    : "function";
  return JSON.stringify({
    space,
    budget,
    fitness,
    population,
    parents,
    mutationShare,
    mutationRate,
    seed,
  });
}
