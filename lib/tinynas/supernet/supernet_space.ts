import type { RandomStream } from "../../measure/random.ts";
import type { ExampleShape } from "../data/labelled_data.ts";
import { DEPTHWISE_KERNELS } from "./training_kernels.ts";

/**
 * What the blocks of a stage are: `inverted-residual` ones (Sandler et al., MobileNetV2, CVPR 2018), or
 * `residual` ones of two full 3x3 convolutions (He et al., CVPR 2016).
 *
 * @category Super-networks
 */
export type SupernetBlock = "inverted-residual" | "residual";

/**
 * A stage of blocks with equal output channels.
 *
 * @category Super-networks
 */
export interface SupernetStage {
  /** Output channels, a multiple of 4. */
  readonly channels: number;
  /** Stride of the first block, 1 or 2. */
  readonly stride: number;
  /** Numbers of blocks that a sub-network may have, ascending. */
  readonly depths: readonly number[];
  /**
   * `inverted-residual` if left out. Residual blocks add their input where stride is 1 and channels stay
   * the same; others have no shortcut. Kernels and expansions do not concern them.
   */
  readonly block?: SupernetBlock;
}

/**
 * Which sub-networks share the weights of one super-network.
 *
 * @category Super-networks
 */
export interface SupernetSpace {
  /** Factor of the channels by which a search knows the networks; absent where there is none. */
  readonly width?: number;
  /** Rows of the image, ascending; also its columns where `columns` does not say otherwise. */
  readonly resolutions: readonly number[];
  /** Columns of the image at each resolution, where it is not square. */
  readonly columns?: readonly number[];
  /** Channels of the image; 1 when absent. */
  readonly inputChannels?: number;
  /** Channels of the first convolution, 3x3 of stride 2. */
  readonly stem: number;
  /** Output channels of the first block, 3x3 without expansion; null: there is none. */
  readonly first: number | null;
  /** Stages in order. */
  readonly stages: readonly SupernetStage[];
  /** Sizes of depthwise filters, ascending, out of 3, 5 and 7. */
  readonly kernels: readonly number[];
  /**
   * Expanded channels over a block's input channels, ascending. With 1 a block has no pointwise
   * convolution before its depthwise one.
   */
  readonly expansions: readonly number[];
  /** Channels of a last pointwise convolution, before the mean over the image; null: there is none. */
  readonly head: number | null;
  /** Classes told apart. */
  readonly classes: number;
}

/**
 * One choice for every block; those of blocks beyond the depth do not count.
 *
 * @category Super-networks
 */
export interface SupernetGenes {
  /** Rows of the image. */
  readonly resolution: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Filter size of each block of each stage. */
  readonly kernels: readonly (readonly number[])[];
  /** Expansion of each block of each stage. */
  readonly expansions: readonly (readonly number[])[];
}

/**
 * A space for images of 32 to 48 pixels that trains on one core within minutes.
 *
 * @category Super-networks
 */
export const smallSupernetSpace: SupernetSpace = {
  resolutions: [32, 40, 48],
  stem: 8,
  first: 8,
  stages: [
    { channels: 16, stride: 2, depths: [1, 2] },
    { channels: 24, stride: 2, depths: [1, 2, 3] },
    { channels: 32, stride: 2, depths: [1, 2] },
  ],
  kernels: [3, 5, 7],
  expansions: [3, 4, 6],
  head: null,
  classes: 2,
};

const BLOCKS: readonly SupernetBlock[] = ["inverted-residual", "residual"];

const last = (values: readonly number[]): number => values[values.length - 1];

/**
 * The sub-network with the most of everything.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { largestGenes, smallSupernetSpace } from "tinyloom";
 *
 * assert.deepEqual(largestGenes(smallSupernetSpace).depths, [2, 3, 2]);
 * ```
 *
 * @category Super-networks
 */
export function largestGenes(space: SupernetSpace): SupernetGenes {
  return genesBy(space, last);
}

/**
 * The sub-network with the least of everything.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { smallestGenes, smallSupernetSpace } from "tinyloom";
 *
 * assert.deepEqual(smallestGenes(smallSupernetSpace).depths, [1, 1, 1]);
 * ```
 *
 * @category Super-networks
 */
export function smallestGenes(space: SupernetSpace): SupernetGenes {
  return genesBy(space, (values) => values[0]);
}

/** A sub-network drawn evenly. */
export function randomGenes(space: SupernetSpace, random: RandomStream): SupernetGenes {
  return genesBy(space, (values) => values[random(values.length)]);
}

/** The sub-network that `choose` picks out of the possible values, one dimension at a time. */
export function genesBy(
  space: SupernetSpace,
  choose: (values: readonly number[]) => number,
): SupernetGenes {
  const { resolutions, stages, kernels, expansions } = space;
  const perBlock = (values: readonly number[]) =>
    stages.map(({ depths }) => Array.from({ length: last(depths) }, () => choose(values)));
  return {
    resolution: choose(resolutions),
    depths: stages.map(({ depths }) => choose(depths)),
    kernels: perBlock(kernels),
    expansions: perBlock(expansions),
  };
}

/** What a space's networks read at one of its resolutions. */
export function inputShape(
  { resolutions, columns, inputChannels = 1 }: SupernetSpace,
  resolution: number,
): ExampleShape {
  const width = columns?.[resolutions.indexOf(resolution)] ?? resolution;
  return { height: resolution, width, channels: inputChannels };
}

/**
 * Refuses a space that the kernels of training cannot work on.
 *
 * @throws {RangeError} for channels that are no multiple of 4, other filter sizes, strides or kinds of
 * blocks, or values that do not ascend.
 */
export function checkSupernetSpace(space: SupernetSpace): void {
  const { resolutions, stem, first, stages, kernels, expansions, head, classes } = space;
  const { columns, inputChannels = 1 } = space;
  for (const [name, values] of Object.entries({ resolutions, kernels, expansions })) {
    checkAscending(name, values);
  }
  stages.forEach(({ channels, stride, depths, block = "inverted-residual" }, stage) => {
    const name = `stage ${stage}`;
    checkAscending(`depths of ${name}`, depths);
    checkChannels(name, channels);
    checkOneOf(`stride of ${name}`, stride, [1, 2]);
    checkOneOf(`block of ${name}`, block, BLOCKS);
  });
  checkChannels("stem", stem);
  if (first !== null) checkChannels("first block", first);
  if (head !== null) checkChannels("head", head);
  const odd = kernels.find((kernel) => !DEPTHWISE_KERNELS.includes(kernel));
  if (odd !== undefined) {
    throw new RangeError(`filter size ${odd}, needed one of ${DEPTHWISE_KERNELS.join(", ")}`);
  }
  if (columns !== undefined) checkAscending("columns", columns, 0);
  if (columns !== undefined && columns.length !== resolutions.length) {
    throw new RangeError(`${columns.length} columns, needed one for each of ${resolutions}`);
  }
  if (!(Number.isInteger(inputChannels) && inputChannels >= 1 && inputChannels <= 16)) {
    throw new RangeError(`images of ${inputChannels} channels, needed an integer from 1 to 16`);
  }
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw new RangeError(`${classes} classes, needed an integer of at least 2`);
  }
}

/**
 * Refuses genes that are not of the space.
 *
 * @throws {RangeError} naming the first value that the space does not have.
 */
export function checkGenes(space: SupernetSpace, genes: SupernetGenes): void {
  checkOneOf("resolution", genes.resolution, space.resolutions);
  space.stages.forEach(({ depths }, stage) => {
    checkOneOf(`depth of stage ${stage}`, genes.depths[stage], depths);
    for (let block = 0; block < genes.depths[stage]; block++) {
      const place = `of stage ${stage}, block ${block}`;
      checkOneOf(`kernel ${place}`, genes.kernels[stage]?.[block], space.kernels);
      checkOneOf(`expansion ${place}`, genes.expansions[stage]?.[block], space.expansions);
    }
  });
}

function checkOneOf<T>(name: string, value: T | undefined, values: readonly T[]): void {
  if (value === undefined || !values.includes(value)) {
    throw new RangeError(`${name} is ${value}, needed one of ${values.join(", ")}`);
  }
}

function checkAscending(name: string, values: readonly number[], least = 1): void {
  const isAscending = values.every((value, i) =>
    Number.isInteger(value) && value >= 1 && (i === 0 || value >= values[i - 1] + least)
  );
  if (values.length === 0 || !isAscending) {
    throw new RangeError(`${name} [${values}], needed positive integers in ascending order`);
  }
}

function checkChannels(name: string, channels: number): void {
  if (!(Number.isInteger(channels / 4) && channels > 0)) {
    throw new RangeError(`${name} has ${channels} channels, needed a positive multiple of 4`);
  }
}
