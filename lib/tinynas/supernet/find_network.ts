import { checkOptions } from "../../check_arguments.ts";
import { describeData } from "../data/describe_data.ts";
import { paretoFront, type RatedNetwork } from "../candidate.ts";
import { planOptionsOf } from "../memory_bounds.ts";
import type { Processor } from "../network_cost.ts";
import { type MemoryBudget, optimizeSpace, type SpaceRow } from "../optimize_space.ts";
import { searchNetwork } from "../search_network.ts";
import type { SearchNetworkOptions } from "../search_options.ts";
import type { SearchSpace } from "../search_space.ts";
import { deploySubnetwork } from "./deploy_subnetwork.ts";
import {
  type FindNetworkOptions,
  type FindSettings,
  findSettings,
  type FoundNetwork,
} from "./find_options.ts";
import { findProblem, type FindState, startOfFind } from "./find_state.ts";
import { findData } from "./find_data.ts";
import { supernetFitness } from "./supernet_fitness.ts";
import { type ListedGenes, supernetGenes, supernetSpace } from "./supernet_of.ts";
import type { SupernetGenes, SupernetSpace } from "./supernet_space.ts";
import { trainerOn } from "./find_training.ts";

/**
 * From a device to a network that was trained for it: the two stages of TinyNAS (Lin et al., MCUNet,
 * NeurIPS 2020) with a super-network trained in place, on data of one's own or on `wakeWordImages`.
 *
 * 1. `optimizeSpace` picks the width, and the resolutions at which networks of this width have the
 *    most multiply-accumulates in the memory.
 * 2. Networks that fit are drawn, and a super-network is trained of which they are parts.
 * 3. `searchNetwork` looks at each resolution for the network with the best held-out accuracy.
 * 4. The best is trained on alone, then as int8 computes it if asked for; it is quantized, written as a
 *    file, read, planned and run.
 *
 * The result depends on the device's memory, the options and the seed alone, not on threads or machines. A signal
 * that fires in the search or later leaves the best so far; earlier what `onState` was given.
 *
 * @throws {RangeError} for an option out of range, or if hardly any network fits.
 * @throws {TypeError} if the state to resume is that of another search.
 * @throws {DOMException} named `AbortError` if the signal fires before there is a network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findNetwork, wakeWordSpaces } from "tinyloom";
 *
 * const device = { name: "small", sramBytes: 16_384, flashBytes: 65_536 };
 * const { best, deployed } = await findNetwork(device, {
 *   spaces: wakeWordSpaces({ resolutions: [32], widths: [0.2], depths: [1] }),
 *   samples: 20,
 *   images: 64,
 *   steps: 4,
 *   tuningSteps: 2,
 *   networks: 10,
 *   population: 4,
 *   generations: 1,
 *   testImages: 20,
 * });
 * assert.ok(best.peakBytes <= device.sramBytes);
 * assert.equal(deployed.plan.peakBytes, best.peakBytes);
 * ```
 *
 * @category Super-networks
 */
export async function findNetwork(
  device: MemoryBudget,
  options: FindNetworkOptions = {},
): Promise<FoundNetwork> {
  checkOptions(
    "findNetwork",
    options,
    "data augment spaces memory mostMacs samples resolutions networks images batch steps rate",
    "ghostBatch together decay smoothing tuningSteps tuningRate quantizedSteps quantizedRate population",
    "generations parents front validationImages",
    "calibrationImages testImages seed workers native machines pieceSteps resume signal onProgress",
    "onState",
  );
  const settings = findSettings(options);
  const { seed, workers, memory, mostMacs, samples } = settings;
  const { signal, onProgress, machines, native } = options;
  const trainer = trainerOn(options);
  const parts = findData(options.data, settings);
  const problem = findProblem(device, settings, options.data);
  if (options.resume !== undefined && options.resume.problem !== problem) {
    throw new TypeError(
      `the state is of another search: ${options.resume.problem}, needed ${problem}`,
    );
  }
  let state: FindState = options.resume ?? startOfFind(problem, settings.resolutions);
  const save = async (more: Partial<FindState>) => {
    state = { ...state, ...more };
    await options.onState?.(state);
  };
  const common = { seed, workers, machines, memory, mostMacs, ...(signal && { signal }) };

  const { best: chosen, rows } = await optimizeSpace(settings.spaces, device, {
    ...common,
    samples,
    onProgress: (progress) => onProgress?.({ stage: "spaces", ...progress }),
  });
  const spaces = spacesOfWidth(settings, { chosen, rows });
  const ascending = spaces.toSorted((a, b) => a.resolution - b.resolution);
  const space = supernetSpace(chosen, {
    resolutions: ascending.map(({ resolution }) => resolution),
    columns: ascending.map(({ resolution, columns = resolution }) => columns),
  });

  const among = await fittingNetworks(spaces, { device, settings, space, common });
  const { augment, batch, ghostBatch, rate, decay, smoothing, together } = settings;
  const learning = { augment, batch, ghostBatch, rate, decay, smoothing };
  const recipe = { ...learning, workers, native, ...(signal && { signal }) };
  const training = { space, ...recipe };
  const supernet = await trainer.train({
    ...training,
    together,
    ...parts.train(space, seed),
    steps: settings.steps,
    among,
    ...(state.supernet !== null && { resume: state.supernet }),
    onProgress: (progress) => onProgress?.({ stage: "training", ...progress }),
    onState: (trained) => save({ supernet: trained }),
  });
  await save({ supernet });
  signal?.throwIfAborted();

  const held = parts.validation(space);
  using fitness = await supernetFitness(supernet, { ...held, workers, native, machines });
  const found = [];
  for (const [index, each] of spaces.entries()) {
    if (found.length > 0 && signal?.aborted) break;
    const { population, generations, parents, front } = settings;
    found.push(
      await searchNetwork(each, device, {
        ...common,
        fitness,
        population,
        generations,
        parents,
        front,
        ...(state.searches[index] != null && { resume: state.searches[index] }),
        onGeneration: async (search) => {
          await save({ searches: state.searches.with(index, search) });
          const { resolution } = each;
          const generation = search.generation - 1;
          const [{ fitness, macs }] = search.population;
          onProgress?.({ stage: "search", resolution, generation, generations, fitness, macs });
        },
      }),
    );
  }
  const candidates = found.flatMap(({ best, pareto }) => [best, ...pareto]);
  const best = found.map((search) => search.best).reduce((a, b) => b.fitness > a.fitness ? b : a);
  const genes = supernetGenes(space, best);
  const tuned = await trainer.train({
    ...training,
    ...parts.train(space, seed + 1),
    steps: settings.tuningSteps,
    rate: settings.tuningRate,
    from: supernet,
    only: genes,
    ...(state.tuned !== null && { resume: state.tuned }),
    onProgress: (progress) => onProgress?.({ stage: "tuning", ...progress }),
    onState: (trained) => save({ tuned: trained }),
  });
  const { test, calibration } = parts.test(space, genes);
  const target = { genes, test, calibration, plan: planOptionsOf(memory) };
  const calibrated = deploySubnetwork(tuned, target);
  const { quantizedSteps, quantizedRate } = settings;
  const { sets, images } = parts.train(space, seed + 2);
  const set = sets?.[space.resolutions.indexOf(genes.resolution)];
  const quantized = quantizedSteps > 0 && await trainer.quantize(tuned, {
    ...recipe,
    genes,
    calibration,
    ...(set === undefined ? { images } : { set }),
    seed: seed + 2,
    steps: quantizedSteps,
    rate: quantizedRate,
    ...(state.quantized != null && { resume: state.quantized }),
    onProgress: (progress) => onProgress?.({ stage: "quantizing", ...progress }),
    onState: (trained) => save({ quantized: trained }),
  });
  const deployed = quantized ? deploySubnetwork(tuned, { ...target, quantized }) : calibrated;
  return {
    best,
    pareto: paretoFront(distinct(candidates), ["peakBytes", "macs"]),
    data: describeData(parts.splits(space), { seed }),
    stage1: rows,
    supernet,
    tuned,
    genes,
    deployed,
    calibrated,
    evaluations: found.reduce((sum, { evaluations }) => sum + evaluations, 0),
    ended: signal?.aborted ? "aborted" : "done",
  };
}

/** The spaces of the chosen width whose networks that fit have the most multiply-accumulates. */
export function spacesOfWidth(
  { spaces, resolutions, samples, leastShare = LEAST_SHARE }:
    & Pick<FindSettings, "spaces" | "resolutions" | "samples">
    & { readonly leastShare?: number },
  { chosen, rows }: { readonly chosen: SearchSpace; readonly rows: readonly SpaceRow[] },
): readonly SearchSpace[] {
  const enough = Math.max(1, leastShare * samples);
  return spaces.map((space, index) => ({ space, row: rows[index] }))
    .filter(({ space, row }) => space.width === chosen.width && row.satisfying >= enough)
    .toSorted((a, b) => b.row.macsP80! - a.row.macsP80!)
    .slice(0, resolutions)
    .map(({ space }) => space);
}

const LEAST_SHARE = 0.01;

/** Random networks that fit, from the one with the fewest multiply-accumulates to that with the most. */
export async function fittingNetworks(
  spaces: readonly SearchSpace[],
  { device, settings, space, common }: {
    readonly device: MemoryBudget & Partial<Processor>;
    readonly settings: Pick<FindSettings, "networks">;
    readonly space: SupernetSpace;
    readonly common: Pick<
      SearchNetworkOptions,
      "seed" | "workers" | "machines" | "memory" | "mostMacs" | "mostLatencyMs" | "signal"
    >;
  },
): Promise<readonly SupernetGenes[]> {
  const drawn: RatedNetwork[] = [];
  for (const each of spaces) {
    const { state } = await searchNetwork(each, device, {
      ...common,
      fitness: "macs",
      population: Math.ceil(settings.networks / spaces.length),
      generations: 0,
      front: 1,
    });
    drawn.push(...state.population);
  }
  return drawn.toSorted((a, b) => a.macs - b.macs).map((network) => supernetGenes(space, network));
}

function distinct<Network extends ListedGenes>(networks: readonly Network[]): readonly Network[] {
  const known = new Map(networks.map((each) => [`${each.resolution} ${each.genes}`, each]));
  return [...known.values()];
}
