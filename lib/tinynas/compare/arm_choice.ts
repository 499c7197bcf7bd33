import type { RatedNetwork } from "../candidate.ts";
import type { SearchSpace } from "../search_space.ts";
import { supernetGenes } from "../supernet/supernet_of.ts";
import {
  largestGenes,
  type SupernetGenes,
  type SupernetSpace,
} from "../supernet/supernet_space.ts";
import type { TrainedSupernet } from "../supernet/trained_supernet.ts";
import type { InheritedAccuracy } from "./arm_task.ts";
import type { SearchArm } from "./compare_options.ts";
import {
  type Desk,
  foundSpaces,
  limitsOf,
  train,
  trainedSupernet,
  weightsOf,
  whole,
} from "./desk.ts";

/** The network that an arm has chosen. */
export interface Choice {
  readonly space: SupernetSpace;
  readonly genes: SupernetGenes;
  readonly resolution: number;
  readonly width: number;
  /** Share of held-out images that it was chosen by; null for what is chosen without any. */
  readonly chosenBy: number | null;
  /** Networks whose accuracy was asked for. */
  readonly evaluations: number;
}

/** What an arm has chosen; null as long as that is not known, with tasks on the desk that lead there. */
export function chooseNetwork(arm: SearchArm, desk: Desk): Choice | null {
  switch (arm) {
    case "evolution":
    case "scratch":
      return bestOf(evolved(desk), desk);
    case "random":
      return bestOf(drawn(desk), desk);
    case "largest":
      return bestOf(withoutTraining("largest", "macs", desk), desk);
    case "entropy":
      return bestOf(withoutTraining("entropy", "score", desk), desk);
    case "mobilenetv2":
      return scaledBaseline(desk);
  }
}

/**
 * The chosen network, trained: on from the super-network's weights, or from random ones with as many
 * steps as both trainings of the others; null as long as it is not, with the task on the desk.
 */
export function trainChoice(arm: SearchArm, choice: Choice, desk: Desk): TrainedSupernet | null {
  const { steps, tuningSteps, tuningRate, recipe: { rate } } = desk.settings;
  const { space, genes } = choice;
  const own = { space, only: genes, seed: desk.job.seed + 1 };
  const part = `${arm}/training`;
  if (arm === "mobilenetv2" || arm === "scratch") {
    return train(part, { ...own, steps: steps + tuningSteps, rate }, desk);
  }
  const supernet = trainedSupernet(desk);
  if (supernet === null) return null;
  const from = weightsOf(supernet);
  return train(part, { ...own, steps: tuningSteps, rate: tuningRate, from }, desk);
}

/** Networks with the resolution's space, the best of which is looked for. */
export interface RatedInSpace {
  readonly space: SearchSpace;
  readonly networks: readonly RatedNetwork[];
  /** Networks whose accuracy was asked for; 0: they have another fitness. */
  readonly evaluations: number;
}

function bestOf(rated: readonly RatedInSpace[] | null, desk: Desk): Choice | null {
  const spaces = foundSpaces(desk);
  if (rated === null || spaces === null) return null;
  const evaluations = rated.reduce((sum, each) => sum + each.evaluations, 0);
  const networks = rated.flatMap((each) => each.networks);
  const best = networks.reduce((a, b) => b.fitness > a.fitness ? b : a);
  const { resolution, width, fitness } = best;
  return {
    space: spaces.supernet,
    genes: supernetGenes(spaces.supernet, best),
    resolution,
    width,
    chosenBy: evaluations === 0 ? null : fitness,
    evaluations,
  };
}

/** The best of an evolution at every resolution, one generation a task. */
function evolved(desk: Desk): readonly RatedInSpace[] | null {
  const { settings: { population, parents, generations }, job } = desk;
  const context = searchContext(desk);
  if (context === null) return null;
  return whole(context.spaces.map((space): RatedInSpace | null => {
    const found = desk.need<"search">(
      `evolution/${space.resolution}`,
      (known) => ({
        kind: "search",
        space,
        device: job.device,
        options: {
          ...limitsOf(desk),
          population,
          parents,
          generations: known?.state.generation ?? 0,
          front: 1,
          seed: job.seed,
          ...(known !== null && { resume: known.state }),
        },
        fitness: context.fitness(space),
      }),
      ({ state }) => state.generation > generations,
    );
    return found && { space, networks: [found.best], evaluations: found.state.evaluations };
  }));
}

/** As many random networks as an evolution rates, a generation's worth of them a task. */
function drawn(desk: Desk): readonly RatedInSpace[] | null {
  const { settings: { population, generations }, job } = desk;
  const context = searchContext(desk);
  if (context === null) return null;
  return whole(context.spaces.map((space): RatedInSpace | null => {
    const draws = Array.from(
      { length: generations + 1 },
      (_, draw) =>
        desk.need<"search">(`random/${space.resolution}/${draw}`, () => ({
          kind: "search",
          space,
          device: job.device,
          options: {
            ...limitsOf(desk),
            population,
            generations: 0,
            front: 1,
            // Other networks than those that evolution begins with.
            seed: DRAWS * job.seed + draw + 1,
          },
          fitness: context.fitness(space),
        })),
    );
    const found = whole(draws);
    if (found === null) return null;
    const networks = found.flatMap(({ state }) => state.population);
    return { space, networks, evaluations: networks.length };
  }));
}

const DRAWS = 100_000;

/** Networks that the random arm has rated, at most 50 a resolution; none before it is done. */
export function ratedAtRandom(desk: Desk): readonly RatedInSpace[] {
  const rated = drawn(desk) ?? [];
  return rated.map((each) => ({ ...each, networks: each.networks.slice(0, SCORED) }));
}

const SCORED = 50;

/** Searches at every resolution for the most of something that needs no weights. */
function withoutTraining(
  name: string,
  fitness: "macs" | "score",
  desk: Desk,
): readonly RatedInSpace[] | null {
  const spaces = foundSpaces(desk);
  if (spaces === null) return null;
  const { population, parents, generations } = desk.settings;
  // Nothing is trained for these, so they may look at more.
  const sizes = { population: 4 * population, parents: 4 * parents, generations: 3 * generations };
  return whole(spaces.spaces.map((space): RatedInSpace | null => {
    const found = desk.need<"search">(`${name}/${space.resolution}`, () => ({
      kind: "search",
      space,
      device: desk.job.device,
      options: { ...limitsOf(desk), ...sizes, front: 1, seed: desk.job.seed },
      fitness,
    }));
    return found && { space, networks: [found.best], evaluations: 0 };
  }));
}

/** MobileNetV2 as wide as fits at every resolution; which of them, short trainings tell. */
function scaledBaseline(desk: Desk): Choice | null {
  const { settings: { spaces, trialSteps, recipe: { rate } }, sets, job } = desk;
  const resolutions = [...new Set(spaces.map(({ resolution }) => resolution))];
  const { height, width: across, channels, classes } = sets.search(resolutions[0]);
  const data = { height, width: across, channels, classes };
  const options = { resolutions, data, ...limitsOf(desk) };
  const { device, seed } = job;
  const fitted = desk.need<"fit">("mobilenetv2", () => ({ kind: "fit", device, options }));
  if (fitted === null) return null;
  const tried = whole(fitted.map(({ space, resolution }): number | null => {
    if (fitted.length === 1) return 0;
    const [part, genes] = [`mobilenetv2/${resolution}`, largestGenes(space)];
    const training = { space, only: genes, seed: seed + 1, steps: trialSteps, rate };
    const trained = train(part, training, desk);
    return trained && desk.need<"judge">(`${part}/accuracy`, () => ({
      kind: "judge",
      weights: weightsOf(trained),
      genes,
      calibration: sets.calibration(resolution),
      images: sets.search(resolution),
    }));
  }));
  if (tried === null) return null;
  const best = tried.indexOf(Math.max(...tried));
  const { space, resolution, width } = fitted[best];
  const evaluations = fitted.length === 1 ? 0 : fitted.length;
  const chosenBy = evaluations === 0 ? null : tried[best];
  return { space, genes: largestGenes(space), resolution, width, chosenBy, evaluations };
}

/** What the searches on a super-network share. */
function searchContext(desk: Desk) {
  const found = foundSpaces(desk);
  const supernet = trainedSupernet(desk);
  if (found === null || supernet === null) return null;
  const { sets, settings } = desk;
  return {
    spaces: found.spaces,
    fitness: ({ resolution }: SearchSpace): InheritedAccuracy => ({
      name: `accuracy with the weights of ${supernet.step} steps, ${settings.searchImages} images`,
      weights: weightsOf(supernet),
      calibration: sets.calibration(resolution),
      images: sets.search(resolution),
    }),
  };
}
