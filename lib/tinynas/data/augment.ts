import { checkOptions } from "../../check_arguments.ts";
import type { RandomStream } from "../../measure/random.ts";

/**
 * How examples are changed each time that they are learnt, by the training's seed. What moves in leaves
 * the edge's values behind.
 *
 * @category Data
 */
export interface Augmentation {
  /** Whether half of the examples are turned left to right; true when absent. Not for sequences. */
  readonly mirror?: boolean;
  /** Rows, as a share of them, that examples are moved up or down at most; 0 when absent. */
  readonly shiftRows?: number;
  /** Columns, as a share of them, that examples are moved left or right at most; 0 when absent. */
  readonly shiftColumns?: number;
  /** By how much, at most, distances from middle grey grow or shrink, as a share; 0 when absent. */
  readonly contrast?: number;
  /** What is added or taken at most, as a share of all bytes; 0 when absent. */
  readonly brightness?: number;
  /**
   * Side of a rectangle that becomes middle grey, as a share of rows and columns (DeVries and Taylor,
   * Cutout, 2017); 0 when absent.
   */
  readonly erase?: number;
}

/** How one example is changed; shares of its rows and columns. */
export interface Variation {
  readonly mirrored: boolean;
  /** Moved by. */
  readonly down: number;
  readonly across: number;
  /** Factor of the distance from middle grey, and what is added to it then, of -1 to 1. */
  readonly factor: number;
  readonly offset: number;
  /** Middle of what is erased, and its side. */
  readonly erased: { readonly y: number; readonly x: number; readonly side: number } | null;
}

/** What leaves an example as it is. */
export const UNCHANGED: Variation = {
  mirrored: false,
  down: 0,
  across: 0,
  factor: 1,
  offset: 0,
  erased: null,
};

/**
 * Refuses shares that are none.
 *
 * @throws {RangeError} naming the first.
 */
export function checkAugmentation(augment: Augmentation): void {
  checkOptions("augment", augment, "mirror shiftRows shiftColumns contrast brightness erase");
  const { mirror: _, ...shares } = augment;
  for (const [name, share] of Object.entries(shares)) {
    if (share >= 0 && share < 1) continue;
    throw new RangeError(
      `${name} of augment is ${share}, needed a share of at least 0 and below 1`,
    );
  }
}

/** Draws how the next example is changed. */
export function drawVariation(augment: Augmentation, random: RandomStream): Variation {
  const {
    mirror = true,
    shiftRows = 0,
    shiftColumns = 0,
    contrast = 0,
    brightness = 0,
    erase = 0,
  } = augment;
  const turned = random(2) === 1;
  const share = () => random(STEPS) / STEPS;
  const within = (most: number) => most === 0 ? 0 : (2 * share() - 1) * most;
  return {
    mirrored: turned && mirror,
    down: within(shiftRows),
    across: within(shiftColumns),
    factor: 1 + within(contrast),
    offset: 2 * within(brightness),
    erased: erase === 0 ? null : { y: share(), x: share(), side: erase },
  };
}

const STEPS = 2 ** 24;
