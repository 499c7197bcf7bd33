import { checkOptions, checkWhole } from "../../check_arguments.ts";
import { randomStream } from "../../measure/random.ts";
import { checkData, checkShape, dataHash, type LabelledData } from "../data/labelled_data.ts";
import type { ActivationScales } from "./fake_quantization.ts";
import { rateAt, trainingSchedule } from "./learner.ts";
import {
  checkGenes,
  inputShape,
  smallSupernetSpace,
  type SupernetGenes,
  type SupernetSpace,
} from "./supernet_space.ts";
import type { SupernetWeights, TrainedSupernet, TrainProgress } from "./trained_supernet.ts";
import { singleNetwork, startLearning } from "./single_network.ts";
import { openTeam, sharedFloats, sharedImages } from "./team.ts";
import {
  batchesOfImages,
  type FilledRecipe,
  filledRecipe,
  recipeNames,
  type TrainingRecipe,
} from "./training_recipe.ts";
import { checkWakeWords, wakeWordImages } from "./wake_word_images.ts";

/**
 * Options of `trainSupernet`.
 *
 * @category Super-networks
 */
export interface TrainSupernetOptions extends TrainingRecipe {
  /** What the super-network is to hold; a small one for 32 to 48 pixels if left out. */
  readonly space?: SupernetSpace;
  /** Determines images, weights and the order of everything; 1 if left out. */
  readonly seed?: number;
  /** Images of the training set; 8000 if left out. */
  readonly images?: number;
  /**
   * What to learn: the same examples at each resolution of the space, in its order (`dataSets` makes them);
   * `wakeWordImages` of this seed if left out, for a space of one channel and two classes.
   */
  readonly sets?: readonly LabelledData[];
  /** Steps of gradient descent; 6000 if left out. */
  readonly steps?: number;
  /** Share of the steps in which only the largest network learns; 0.3 if left out, 0 with several `together`. */
  readonly largestShare?: number;
  /**
   * Networks that learn from the images of one step; 1 if left out: they take turns. With more,
   * a large one learns from the labels, and the smallest and others from what it says of the images
   * (Yu and Huang, ICCV 2019: the sandwich rule with inplace distillation).
   */
  readonly together?: number;
  /** Weights to begin with, of the same space; drawn at random if left out. */
  readonly from?: SupernetWeights;
  /** The only network that learns, for instance to tune the winner of a search. */
  readonly only?: SupernetGenes;
  /**
   * The networks that learn, from the least to the most, for instance those that fit a device; all of
   * the space if left out. The last learns first; the last tenth and the first stand for large and small.
   */
  readonly among?: readonly SupernetGenes[];
  /** Threads; 1 if left out. Results do not depend on them. */
  readonly workers?: number;
  /** Kernels as native code, for which `compileNative` says what is needed: faster, the same result. */
  readonly native?: boolean;
  /** A training that was stopped, to go on with: the result is that of one that never was. */
  readonly resume?: TrainedSupernet;
  /** Told of every 20th step and of the last. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Called every 200th step with what was learnt so far, to save it; it is waited for. */
  readonly onState?: (trained: TrainedSupernet) => void | Promise<void>;
  /** Stops training when it is aborted; what was learnt so far is returned. */
  readonly signal?: AbortSignal;
}

const REPORT_STEPS = 20;
const SAVE_STEPS = 200;

/**
 * Trains a super-network whose parts are networks themselves: once for all, as Cai et al. (ICLR 2020)
 * put it. The largest network learns first; then every step trains another: the largest, a random one,
 * the smallest and a random one in turn, or several `together`. Smaller networks take the first channels, the middle of the filters and the first blocks.
 *
 * A batch is worked on `ghostBatch` images at a time, on as many threads as there are, and each such
 * part has its own batch normalization; gradients are added in order. The result
 * depends on the seed and the sizes alone, not on threads or interruptions.
 *
 * A space without choices is one network, trained as any other: a baseline.
 *
 * @throws {CompilerError} if `native` is asked for where it cannot be had.
 * @throws {RangeError} if the space or a number is out of range, `from` is of another space, or `sets` are
 *   not what the space needs.
 * @throws {TypeError} if the training to resume is another one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { trainSupernet } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 2, batch: 8 });
 * assert.equal(trained.history.at(-1)?.step, 2);
 * ```
 *
 * @category Super-networks
 */
export function trainSupernet(options: TrainSupernetOptions = {}): Promise<TrainedSupernet> {
  return trainNetworks(options, null);
}

/** `trainSupernet`; with `activations`, a folded network is trained as int8 computes it. */
export async function trainNetworks(
  options: TrainSupernetOptions,
  activations: ActivationScales | null,
): Promise<TrainedSupernet> {
  const recipe = checkedRecipe(options);
  const { space = smallSupernetSpace, seed = 1, steps = 6000, sets: given } = options;
  const { together = 1, from, only, among, resume, signal } = options;
  const { largestShare = together === 1 ? 0.3 : 0 } = options;
  const { batch, ghostBatch, rate, decay, smoothing } = recipe;
  const count = countOf(options);
  const resolutions = only === undefined ? space.resolutions : [only.resolution];
  const learnt = given && resolutions.map((each) => given[space.resolutions.indexOf(each)]);
  const data = learnt?.map(dataHash);
  const sizes = { count, steps, largestShare, together, ...recipe };
  const problem = JSON.stringify({ space, seed, ...sizes, only, among, data, activations });
  if (resume !== undefined && resume.problem !== problem) {
    throw new TypeError(`the training is another one: ${resume.problem}, needed ${problem}`);
  }
  if (resume?.step === steps) return resume;
  const single = only === undefined ? null : singleNetwork(space, only);
  const learner = startLearning(space, { seed, resume, from, single });
  const sets = resolutions.map((resolution, i) =>
    sharedImages(learnt?.[i] ?? wakeWordImages({ seed, count, resolution }))
  );
  const { parameters } = learner;
  const learning = single?.space ?? space;
  const team = { space: learning, batch: Math.min(ghostBatch, batch), parameters, sets };
  using threads = await openTeam(team, options);
  const shards = shardsOf(recipe, parameters.length);
  const schedule = trainingSchedule(learning, {
    ...only === undefined ? { among, together } : { among: [only], together: 1 },
    firstSteps: largestShare * steps,
    random: randomStream(seed, 1),
  });
  const nextBatch = batchesOfImages(recipe, { count, random: randomStream(seed, 2) });
  const history = [...resume?.history ?? []];
  const state = (step: number): TrainedSupernet => ({
    space,
    seed,
    ...learner.learnt(),
    step,
    history: [...history],
    problem,
  });
  const begun = resume?.step ?? 0;
  let [loss, accuracy, since, step] = [0, 0, 0, 0];
  for (; step < steps; step++) {
    // Between two reports, so that going on gives the same ones.
    if (signal?.aborted && step % REPORT_STEPS === 0 && step >= begun) break;
    const networks = schedule(step).map((genes) => (
      { genes, set: resolutions.indexOf(genes.resolution) }
    ));
    const { indices, variations } = nextBatch();
    // What was done before the interruption is drawn again, not done again.
    if (step < begun) continue;
    const results = await threads.run<"train">(
      shards.map(({ gradient, ...own }) => ({
        ...{ kind: "train", networks, smoothing, activations, gradient },
        indices: own.of(indices),
        variations: own.of(variations),
      })),
    );
    learner.descend(
      shards.map(({ gradient, share }) => ({ gradient, share: share / networks.length })),
      { rate: rate * rateAt((step + 1) / steps), decay },
    );
    results.forEach((result, shard) => loss += result.loss * shards[shard].share);
    results.forEach((result, shard) => accuracy += result.accuracy * shards[shard].share);
    since++;
    const done = step + 1;
    if (done % REPORT_STEPS === 0 || done === steps) {
      const progress = { step: done, steps, loss: loss / since, accuracy: accuracy / since };
      [loss, accuracy, since] = [0, 0, 0];
      history.push(progress);
      options.onProgress?.(progress);
    }
    if (done % SAVE_STEPS === 0) await options.onState?.(state(done));
  }
  return state(step);
}

function checkedRecipe(options: TrainSupernetOptions): FilledRecipe {
  checkOptions(
    "trainSupernet",
    options,
    "space seed images sets steps largestShare together from only among workers native resume",
    recipeNames,
    "onProgress onState signal",
  );
  const { space = smallSupernetSpace, steps = 1, together = 1, among, sets } = options;
  const recipe = filledRecipe(options);
  const count = countOf(options);
  const { batch } = recipe;
  checkWhole({ images: count, steps, batch, together });
  if (among?.length === 0) throw new RangeError("among is empty, needed at least one network");
  among?.forEach((genes) => checkGenes(space, genes));
  if (sets === undefined) checkWakeWords(space);
  else checkSets(sets, { space, count });
  return recipe;
}

/** Images of the training set. */
function countOf({ sets, images = 8000 }: TrainSupernetOptions): number {
  return sets?.[0]?.labels.length ?? images;
}

/** Refuses examples that the space cannot learn. */
function checkSets(
  sets: readonly LabelledData[],
  { space, count }: { readonly space: SupernetSpace; readonly count: number },
): void {
  if (sets.length !== space.resolutions.length) {
    throw new RangeError(
      `${sets.length} sets, needed one for each resolution: ${space.resolutions.join(", ")}`,
    );
  }
  sets.forEach((data, i) => {
    checkData(data);
    checkShape(data, inputShape(space, space.resolutions[i]));
    if (data.labels.length !== count) {
      throw new RangeError(`sets of ${count} and ${data.labels.length} examples, needed the same`);
    }
    if (data.classes.length !== space.classes) {
      throw new RangeError(
        `examples of ${data.classes.length} classes, needed ${space.classes} as the space has`,
      );
    }
  });
}

/** The parts of a batch, each with room for its gradient. */
function shardsOf({ batch, ghostBatch }: FilledRecipe, parameterCount: number) {
  return Array.from({ length: Math.ceil(batch / ghostBatch) }, (_, shard) => {
    const [from, until] = [shard * ghostBatch, Math.min(batch, (shard + 1) * ghostBatch)];
    return {
      share: (until - from) / batch,
      of: <T>(all: readonly T[]): readonly T[] => all.slice(from, until),
      gradient: sharedFloats(parameterCount),
    };
  });
}
