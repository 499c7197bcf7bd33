import { checkWhole } from "../../check_arguments.ts";
import { type RandomStream, shuffled } from "../../measure/random.ts";
import {
  type Augmentation,
  checkAugmentation,
  drawVariation,
  type Variation,
} from "../data/augment.ts";

/**
 * How a network learns, whichever it is: what arms of a comparison have in common.
 *
 * @category Super-networks
 */
export interface TrainingRecipe {
  /** Images of one step; 32 if left out. */
  readonly batch?: number;
  /**
   * Images of a batch that are normalized together, and worked on by one thread; 16 if left out. With fewer,
   * statistics are noisier, and more threads find work (Hoffer et al., NeurIPS 2017: ghost batches).
   */
  readonly ghostBatch?: number;
  /** Rate of gradient descent at its highest; 0.1 if left out. It warms up, then falls along a cosine. */
  readonly rate?: number;
  /**
   * Decay of the weights; 1e-4 if left out. Batch normalizations and biases do not decay (He et al.,
   * "Bag of tricks", CVPR 2019, section 3.1).
   */
  readonly decay?: number;
  /**
   * Share of a label's weight that all classes get alike (Szegedy et al., CVPR 2016, section 7); 0 if
   * left out. What a larger network teaches is not smoothed again.
   */
  readonly smoothing?: number;
  /** How examples are changed each time that they are learnt; half of them mirrored if left out. */
  readonly augment?: Augmentation;
}

/** A recipe with every default filled in. */
export type FilledRecipe = Required<TrainingRecipe>;

/** Names of a recipe's options. */
export const recipeNames = "batch ghostBatch rate decay smoothing augment";

/**
 * Fills in defaults.
 *
 * @throws {RangeError} for an option out of range.
 */
export function filledRecipe(recipe: TrainingRecipe): FilledRecipe {
  const { batch = 32, ghostBatch = 16, rate = 0.1, decay = 1e-4, smoothing = 0 } = recipe;
  const { augment = {} } = recipe;
  for (const [name, value] of Object.entries({ rate, decay })) {
    if (value >= 0 && Number.isFinite(value)) continue;
    throw new RangeError(`${name} is ${value}, needed a number of at least 0`);
  }
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new RangeError(`smoothing is ${smoothing}, needed a number from 0 to below 1`);
  }
  checkWhole({ ghostBatch });
  checkAugmentation(augment);
  return { batch, ghostBatch, rate, decay, smoothing, augment };
}

/** The rate of as many networks together as of one: the mean of their gradients errs less by the root. */
export function sharedRate(rate: number, together = 1): number {
  return rate * Math.sqrt(together);
}

/**
 * Draws one batch after the other, and how each of its examples is changed: every example once in random
 * order, then all in another.
 *
 * @param options `count`: examples there are.
 */
export function batchesOfImages(
  { batch, augment }: FilledRecipe,
  { count, random }: { readonly count: number; readonly random: RandomStream },
): () => { readonly indices: readonly number[]; readonly variations: readonly Variation[] } {
  let order: readonly number[] = [];
  let next = 0;
  const draw = (): number => {
    if (next === order.length) {
      order = shuffled(Array.from({ length: count }, (_, i) => i), random);
      next = 0;
    }
    return order[next++];
  };
  return () => ({
    indices: Array.from({ length: batch }, draw),
    variations: Array.from({ length: batch }, () => drawVariation(augment, random)),
  });
}
