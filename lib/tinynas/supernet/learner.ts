import type { RandomStream } from "../../measure/random.ts";
import { bell } from "../../model/zoo/bell.ts";
import { xoroshiro128plus } from "../../npm/pure_rand.ts";
import {
  largestGenes,
  randomGenes,
  smallestGenes,
  type SupernetGenes,
  type SupernetSpace,
} from "./supernet_space.ts";
import { type SharedFloats, sharedFloats } from "./team.ts";
import { floatsAt } from "./training_memory.ts";
import { createWorkspace, setParameters, type Workspace } from "./workspace.ts";

const MOMENTUM = 0.9;

/** The parameters of a training, and gradient descent on them. */
export interface Learner {
  /** As all threads see them; `descend` changes them. */
  readonly parameters: SharedFloats;
  /** One step along the sum of gradients, each times its share; weights decay. */
  readonly descend: (
    parts: readonly { readonly gradient: SharedFloats; readonly share: number }[],
    rates: { readonly rate: number; readonly decay: number },
  ) => void;
  /** Copies of parameters and velocities. */
  readonly learnt: () => {
    readonly parameters: Float32Array<ArrayBuffer>;
    readonly velocities: Float32Array<ArrayBuffer>;
  };
}

/**
 * Parameters drawn from the seed, or given, and velocities that are 0 unless given.
 *
 * @throws {RangeError} if the space cannot be trained, or the parameters are of another one.
 */
export function startLearner(
  space: SupernetSpace,
  { seed, parameters, velocities }: {
    readonly seed: number;
    readonly parameters?: Float32Array;
    readonly velocities?: Float32Array;
  },
): Learner {
  const workspace = createWorkspace(space, 1);
  if (parameters === undefined) initializeParameters(workspace, seed);
  else setParameters(workspace, parameters);
  const { memory, parameterCount } = workspace;
  const places = [
    workspace.parameters,
    workspace.parameters + workspace.gradientBytes,
    workspace.velocities,
  ] as const;
  const [own, , speed, incoming] = [...places, workspace.incoming].map((address) =>
    floatsAt(memory, address, parameterCount)
  );
  const groups = parameterGroups(workspace);
  if (velocities !== undefined) {
    if (velocities.length !== parameterCount) {
      throw new RangeError(`${velocities.length} velocities, needed ${parameterCount}`);
    }
    speed.set(velocities);
  }
  const shared = sharedFloats(parameterCount);
  shared.set(own);
  return {
    parameters: shared,
    descend: (parts, { rate, decay }) => {
      for (const { gradient, share } of parts) {
        incoming.set(gradient);
        memory.kernels.addShare(places[1], workspace.incoming, parameterCount * 4, share);
      }
      for (const { first, count, decays } of groups) {
        const [own, gradient, velocity] = places.map((place) => place + 4 * first);
        const share = decays ? decay : 0;
        memory.kernels.descend(own, gradient, velocity, 4 * count, rate, MOMENTUM, share);
      }
      shared.set(own);
    },
    learnt: () => ({ parameters: own.slice(), velocities: speed.slice() }),
  };
}

/** Parameters side by side that decay, or do not: weights, and what shifts and scales results. */
function parameterGroups({ layers, classifier, parameters, parameterCount }: Workspace) {
  const at = (address: number) => (address - parameters) / 4;
  const ends = [
    ...layers.flatMap(({ weights, gamma }) => [at(weights), at(gamma)]),
    at(classifier.weights),
    at(classifier.bias),
    parameterCount,
  ];
  return ends.slice(0, -1).map((first, i) => (
    { first, count: ends[i + 1] - first, decays: i % 2 === 0 }
  ));
}

/**
 * Weights drawn such that results vary as much as inputs (He et al., ICCV 2015); batch normalizations
 * that change nothing.
 */
export function initializeParameters(workspace: Workspace, seed: number): void {
  const { memory, layers, parameters, parameterCount, classifier, space } = workspace;
  floatsAt(memory, parameters, parameterCount).fill(0);
  const random = xoroshiro128plus(seed);
  const draw = (address: number, { count, taps }: { count: number; taps: number }) => {
    const deviation = Math.sqrt(2 / taps);
    const values = floatsAt(memory, address, count);
    for (let i = 0; i < count; i++) values[i] = deviation * bell[random.next() & 255];
  };
  for (const layer of layers) {
    const { kind, kernel, inputChannels, channels } = layer;
    const taps = kernel ** 2 * (kind === "depthwise" ? 1 : inputChannels);
    draw(layer.weights, { count: taps * channels, taps });
    floatsAt(memory, layer.gamma, channels).fill(1);
  }
  const { channels, weights } = classifier;
  draw(weights, { count: channels * space.classes, taps: channels });
}

/** What `trainingSchedule` needs to know. */
export interface ScheduleOptions {
  /** The networks that learn, from the least to the most; all of the space if undefined. */
  readonly among: readonly SupernetGenes[] | undefined;
  /** Steps at the beginning in which only the largest learn. */
  readonly firstSteps: number;
  /** Networks that learn in one step. */
  readonly together: number;
  readonly random: RandomStream;
}

type Draw = (random: RandomStream) => SupernetGenes;

/**
 * Which sub-networks learn in each step; to be asked for every step in order. The largest of all first;
 * then a large one, any and a small one together, or, one a step, a large one, any, a small one and any in
 * turn.
 */
export function trainingSchedule(
  space: SupernetSpace,
  { among, firstSteps, together, random }: ScheduleOptions,
): (step: number) => readonly SupernetGenes[] {
  const { first, largest, smallest, any } = among === undefined
    ? drawsOf(space)
    : drawsAmong(among);
  return (step) => {
    if (step < firstSteps) return [first(random)];
    if (together === 1) return [[largest, any, smallest, any][step % 4](random)];
    const others = Array.from({ length: together - 2 }, () => any);
    return [largest, smallest, ...others].map((draw) => draw(random));
  };
}

const WARM_UP = 0.05;

/** Share of the highest rate: up in a line, then down along a cosine. */
export function rateAt(done: number): number {
  if (done < WARM_UP) return done / WARM_UP;
  return (1 + Math.cos(Math.PI * (done - WARM_UP) / (1 - WARM_UP))) / 2;
}

interface Draws {
  readonly first: Draw;
  readonly largest: Draw;
  readonly smallest: Draw;
  readonly any: Draw;
}

function drawsOf(space: SupernetSpace): Draws {
  const any: Draw = (random) => randomGenes(space, random);
  const at = (end: SupernetGenes): Draw => (random) => ({
    ...end,
    resolution: any(random).resolution,
  });
  const largest = at(largestGenes(space));
  return { first: largest, largest, smallest: at(smallestGenes(space)), any };
}

/** The last is the largest of all; the last and the first tenth stand for large and small ones. */
function drawsAmong(among: readonly SupernetGenes[]): Draws {
  const tenth = Math.ceil(among.length / 10);
  const from = (networks: readonly SupernetGenes[]): Draw => (random) =>
    networks[random(networks.length)];
  return {
    first: () => among[among.length - 1],
    largest: from(among.slice(-tenth)),
    smallest: from(among.slice(0, tenth)),
    any: from(among),
  };
}
