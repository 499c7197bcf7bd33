import { type Learner, startLearner } from "./learner.ts";
import { parameterPlaces } from "./parameter_places.ts";
import { weightRows } from "./subnetwork.ts";
import { inputShape, type SupernetGenes, type SupernetSpace } from "./supernet_space.ts";
import type { SupernetWeights, TrainedSupernet } from "./trained_supernet.ts";

/** A sub-network as a super-network that holds it alone. */
export interface SingleNetwork {
  /** Its space, of which its genes are the only ones. */
  readonly space: SupernetSpace;
  /** Its own parameters, out of those of the super-network. */
  readonly own: (all: Float32Array) => Float32Array<ArrayBuffer>;
  /** The super-network's parameters with its own in their places. */
  readonly within: (all: Float32Array, own: Float32Array) => Float32Array<ArrayBuffer>;
}

/**
 * Cuts the parameters of a sub-network out of its super-network's, so that a training of it alone carries
 * no others along: a step reads and writes every parameter several times.
 */
export function singleNetwork(space: SupernetSpace, genes: SupernetGenes): SingleNetwork {
  const alone = spaceOf(space, genes);
  const runs = runsOf(space, alone);
  const { count } = parameterPlaces(alone);
  return {
    space: alone,
    own: (all) => {
      const own = new Float32Array(count);
      for (const { from, to, length } of runs) own.set(all.subarray(from, from + length), to);
      return own;
    },
    within: (all, own) => {
      const result = Float32Array.from(all);
      for (const { from, to, length } of runs) result.set(own.subarray(to, to + length), from);
      return result;
    },
  };
}

/** The parameters of a training, of which a single network has a learner of its own. */
export function startLearning(
  space: SupernetSpace,
  { seed, resume, from, single }: {
    readonly seed: number;
    readonly resume?: TrainedSupernet;
    readonly from?: SupernetWeights;
    readonly single: SingleNetwork | null;
  },
): Learner {
  const whole = startLearner(space, { seed, ...(resume ?? { parameters: from?.parameters }) });
  if (single === null) return whole;
  const { parameters, velocities } = whole.learnt();
  const learner = startLearner(single.space, {
    seed,
    parameters: single.own(parameters),
    velocities: single.own(velocities),
  });
  return {
    ...learner,
    learnt: () => {
      const own = learner.learnt();
      return {
        parameters: single.within(parameters, own.parameters),
        velocities: single.within(velocities, own.velocities),
      };
    },
  };
}

function spaceOf(space: SupernetSpace, genes: SupernetGenes): SupernetSpace {
  const { columns: _, ...rest } = space;
  const { width } = inputShape(space, genes.resolution);
  const used = (values: readonly (readonly number[])[], all: readonly number[]) => {
    const own = values.flatMap((blocks, stage) => blocks.slice(0, genes.depths[stage]));
    return all.filter((value) => own.includes(value));
  };
  return {
    ...rest,
    resolutions: [genes.resolution],
    ...(width !== genes.resolution && { columns: [width] }),
    stages: space.stages.map((stage, s) => ({ ...stage, depths: [genes.depths[s]] })),
    kernels: used(genes.kernels, space.kernels),
    expansions: used(genes.expansions, space.expansions),
  };
}

/** Values that lie side by side in both. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

function runsOf(space: SupernetSpace, alone: SupernetSpace): readonly Run[] {
  const all = parameterPlaces(space);
  const own = parameterPlaces(alone);
  const layers = own.layers.flatMap((place): readonly Run[] => {
    const { name, channels } = place.layer;
    const { layer, ...wide } = all.layers.find((each) => each.layer.name === name)!;
    const rows = weightRows(place.layer, { kernel: layer.kernel, weightsStride: layer.channels });
    return [
      ...rows.map((row, i) => (
        { from: wide.weights + row, to: place.weights + i * channels, length: channels }
      )),
      { from: wide.gamma, to: place.gamma, length: channels },
      { from: wide.beta, to: place.beta, length: channels },
    ];
  });
  const dense = { from: all.classifier.weights, to: own.classifier.weights };
  return [...layers, { ...dense, length: own.count - own.classifier.weights }];
}
