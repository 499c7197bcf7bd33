import { type RandomStream, shuffled } from "../../measure/random.ts";

/**
 * How a network learns, whichever it is: what arms of a comparison have in common.
 *
 * @category Super-networks
 */
export interface TrainingRecipe {
  /** Images of one step; 32 if left out. */
  readonly batch?: number;
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
  /** Whether half of the images are turned left to right, to learn more of them; true if left out. */
  readonly mirror?: boolean;
  /**
   * How far an image is moved to either side and up or down at most, as a share of its side; 0 if left
   * out. The edge is repeated where nothing is left.
   */
  readonly shift?: number;
}

/** A recipe with every default filled in. */
export type FilledRecipe = Required<TrainingRecipe>;

/** Names of a recipe's options. */
export const recipeNames = "batch rate decay smoothing mirror shift";

/**
 * Fills in defaults.
 *
 * @throws {RangeError} for an option out of range.
 */
export function filledRecipe(recipe: TrainingRecipe): FilledRecipe {
  const { batch = 32, rate = 0.1, decay = 1e-4, smoothing = 0, mirror = true, shift = 0 } = recipe;
  for (const [name, value] of Object.entries({ rate, decay })) {
    if (value >= 0 && Number.isFinite(value)) continue;
    throw new RangeError(`${name} is ${value}, needed a number of at least 0`);
  }
  for (const [name, value] of Object.entries({ smoothing, shift })) {
    if (value >= 0 && value < 1) continue;
    throw new RangeError(`${name} is ${value}, needed a number from 0 to below 1`);
  }
  return { batch, rate, decay, smoothing, mirror, shift };
}

/** An image of a batch, and how it is shown. */
export interface ShownImage {
  readonly index: number;
  /** Turned left to right. */
  readonly isMirrored: boolean;
  /** Columns and rows that the window moves over the image, as shares of its side. */
  readonly shift: readonly [right: number, down: number];
}

/**
 * Draws one batch after the other: every image once in random order, then all in another.
 *
 * @param options `count`: images there are.
 */
export function batchesOfImages(
  { batch, mirror, shift }: FilledRecipe,
  { count, random }: { readonly count: number; readonly random: RandomStream },
): () => readonly ShownImage[] {
  let order: readonly number[] = [];
  let next = 0;
  const moved = () => shift === 0 ? 0 : shift * (random(2 * SHIFT_STEPS + 1) / SHIFT_STEPS - 1);
  return () =>
    Array.from({ length: batch }, () => {
      if (next === order.length) {
        order = shuffled(Array.from({ length: count }, (_, i) => i), random);
        next = 0;
      }
      const isMirrored = mirror && random(2) === 1;
      return { index: order[next++], isMirrored, shift: [moved(), moved()] };
    });
}

const SHIFT_STEPS = 64;
