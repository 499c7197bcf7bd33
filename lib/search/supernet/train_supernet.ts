import { randomStream } from "../../measure/random_stream.ts";
import { softmaxCrossEntropy } from "./classifier.ts";
import { activeLayers } from "./elastic_layers.ts";
import { initializeParameters } from "./initial_parameters.ts";
import { backward, forward } from "./passes.ts";
import { loadPatches } from "./patches.ts";
import {
  largestGenes,
  randomGenes,
  smallestGenes,
  smallSupernetSpace,
  type SupernetGenes,
  type SupernetSpace,
} from "./supernet_space.ts";
import { floatsAt } from "./training_memory.ts";
import { type LabelledImages, wakeWordImages } from "./wake_word_images.ts";
import { createWorkspace, setParameters, type Workspace } from "./workspace.ts";

/** Options of `trainSupernet`. */
export interface TrainSupernetOptions {
  /** What the super-network is to hold; a small one for 32 to 48 pixels if left out. */
  readonly space?: SupernetSpace;
  /** Determines images, weights and the order of everything; 1 if left out. */
  readonly seed?: number;
  /** Images of the training set; 8000 if left out. */
  readonly images?: number;
  /** Steps of gradient descent; 6000 if left out. */
  readonly steps?: number;
  /** Share of the steps in which only the largest network learns; 0.3 if left out. */
  readonly largestShare?: number;
  /** Images of one step; 32 if left out. */
  readonly batch?: number;
  /** Rate of gradient descent at its highest; 0.1 if left out. */
  readonly rate?: number;
  /** Weights to begin with, of the same space; drawn at random if left out. */
  readonly from?: TrainedSupernet;
  /** The only network that learns, for instance to tune the winner of a search. */
  readonly only?: SupernetGenes;
  /** Told of every 20th step and of the last. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Stops training when it is aborted; what was learnt so far is returned. */
  readonly signal?: AbortSignal;
}

/** How far training has got. */
export interface TrainProgress {
  /** Steps done. */
  readonly step: number;
  /** Steps to do. */
  readonly steps: number;
  /** Mean loss of the steps since the report before. */
  readonly loss: number;
  /** Share of their images that were classed right. */
  readonly accuracy: number;
}

/** A trained super-network. Plain data: it can be saved, and sent to workers. */
export interface TrainedSupernet {
  /** Which sub-networks it holds. */
  readonly space: SupernetSpace;
  /** Seed of its training. */
  readonly seed: number;
  /** Weights, in the order of the workspace's layers. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Loss and accuracy in the course of training. */
  readonly history: readonly TrainProgress[];
}

const MOMENTUM = 0.9;
const DECAY = 1e-4;
const WARM_UP = 0.05;
const REPORT_STEPS = 20;

/**
 * Trains a super-network whose parts are networks themselves: once for all, as Cai et al. (ICLR 2020)
 * put it. The largest network learns first; then every step trains another: the largest, a random one,
 * the smallest and a random one in turn (the sandwich rule of Yu and Huang, ICCV 2019, one network a
 * step). Smaller networks take the first channels, the middle of the filters and the first blocks.
 *
 * A space without choices is one network, trained as any other: a baseline.
 *
 * @throws {RangeError} if the space or a number is out of range, or `from` is of another space.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { trainSupernet } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 2, batch: 8 });
 * assert.equal(trained.history.at(-1)?.step, 2);
 * ```
 */
export async function trainSupernet(options: TrainSupernetOptions = {}): Promise<TrainedSupernet> {
  const { space = smallSupernetSpace, seed = 1, images: count = 8000, steps = 6000 } = options;
  const { largestShare = 0.3, batch = 32, rate = 0.1, from, only, onProgress, signal } = options;
  for (const [name, value] of Object.entries({ images: count, steps, batch })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`${name} ${value}, needed a positive integer`);
    }
  }
  const workspace = createWorkspace(space, batch);
  if (from === undefined) initializeParameters(workspace, seed);
  else setParameters(workspace, from.parameters);
  const resolutions = only === undefined ? space.resolutions : [only.resolution];
  const sets = new Map(
    resolutions.map((resolution) => [
      resolution,
      wakeWordImages({ seed, count, resolution }),
    ]),
  );
  const random = randomStream(seed, 1);
  const chooseGenes = (step: number): SupernetGenes => {
    if (only !== undefined) return only;
    const turn = step < largestShare * steps ? 0 : step % 4;
    const any = randomGenes(space, random);
    if (turn % 2 === 1) return any;
    const end = turn === 0 ? largestGenes(space) : smallestGenes(space);
    return { ...end, resolution: any.resolution };
  };
  const history: TrainProgress[] = [];
  let [loss, correct, since] = [0, 0, 0];
  for (let step = 0; step < steps && !signal?.aborted; step++) {
    const genes = chooseGenes(step);
    const result = trainStep(workspace, genes, {
      images: sets.get(genes.resolution)!,
      indices: Array.from({ length: batch }, () => random(count)),
      mirrored: Array.from({ length: batch }, () => random(2) === 1),
      rate: rate * rateAt((step + 1) / steps),
    });
    loss += result.loss;
    correct += result.correct;
    since++;
    if ((step + 1) % REPORT_STEPS !== 0 && step + 1 !== steps) continue;
    const accuracy = correct / (since * batch);
    const progress = { step: step + 1, steps, loss: loss / since, accuracy };
    [loss, correct, since] = [0, 0, 0];
    history.push(progress);
    onProgress?.(progress);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const parameters = floatsAt(workspace.memory, workspace.parameters, workspace.parameterCount);
  return { space, seed, parameters: parameters.slice(), history };
}

/** One step of gradient descent on one sub-network. */
function trainStep(
  workspace: Workspace,
  genes: SupernetGenes,
  { images, indices, mirrored, rate }: {
    readonly images: LabelledImages;
    readonly indices: readonly number[];
    readonly mirrored: readonly boolean[];
    readonly rate: number;
  },
): { readonly loss: number; readonly correct: number } {
  const { memory, parameters, parameterCount, gradientBytes, velocities } = workspace;
  const pass = { layers: activeLayers(workspace.space, genes), batch: indices.length };
  loadPatches(workspace, { images, indices, mirrored });
  const { logits, statistics } = forward(workspace, pass);
  const labels = indices.map((index) => images.labels[index]);
  const { loss, dLogits, correct } = softmaxCrossEntropy(logits, labels);
  backward(workspace, pass, { statistics, dLogits });
  memory.kernels.descend(
    parameters,
    parameters + gradientBytes,
    velocities,
    parameterCount * 4,
    rate,
    MOMENTUM,
    DECAY,
  );
  return { loss, correct };
}

/** Share of the highest rate: up in a line, then down along a cosine. */
function rateAt(done: number): number {
  if (done < WARM_UP) return done / WARM_UP;
  return (1 + Math.cos(Math.PI * (done - WARM_UP) / (1 - WARM_UP))) / 2;
}
