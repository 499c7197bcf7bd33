import { checkOptions } from "../../check_arguments.ts";
import { makeDivisible } from "../../model/zoo/make_divisible.ts";
import { type SearchSpace, searchSpaces, type SpaceGridOptions } from "../search_space.ts";
import type { SupernetGenes, SupernetSpace, SupernetStage } from "./supernet_space.ts";

/**
 * A search space of one width, with channels as they are at width 1.
 *
 * @category Super-networks
 */
export interface SpaceOfWidth {
  /** Factor of all channels, which are rounded by `makeDivisible`. */
  readonly width: number;
  /** Classes told apart. */
  readonly classes: number;
  /** Sizes of depthwise filters, ascending, out of 3, 5 and 7. */
  readonly kernels: readonly number[];
  /** Expanded channels over a block's input channels, ascending. */
  readonly expansions: readonly number[];
  /** Channels of the first convolution, 3x3 of stride 2. */
  readonly stem: number;
  /** Output channels of the first block, 3x3 without expansion; null: there is none. */
  readonly first: number | null;
  /** What follows. */
  readonly stages: readonly SupernetStage[];
  /** Channels of a last pointwise convolution; absent or null: there is none. */
  readonly head?: number | null;
}

/**
 * The super-network whose parts are all networks of a search space at several resolutions.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { supernetSpace } from "tinyloom";
 *
 * const stages = [{ channels: 24, stride: 2, depths: [1, 2] }];
 * const choices = { kernels: [3, 5], expansions: [3, 6], classes: 2 };
 * const space = { width: 0.5, stem: 32, first: 16, stages, ...choices };
 * assert.equal(supernetSpace(space, { resolutions: [32, 48] }).stem, 16);
 * ```
 *
 * @category Super-networks
 */
export function supernetSpace(
  space: SpaceOfWidth,
  options: { readonly resolutions: readonly number[] },
): SupernetSpace {
  checkOptions("supernetSpace", options, "resolutions");
  const { resolutions } = options;
  const { width, classes, kernels, expansions, first, head = null } = space;
  const scaled = (channels: number) => makeDivisible(channels * width);
  return {
    width,
    resolutions,
    stem: scaled(space.stem),
    first: first === null ? null : scaled(first),
    stages: space.stages.map((stage) => ({ ...stage, channels: scaled(stage.channels) })),
    kernels,
    expansions,
    head: head === null ? null : scaled(head),
    classes,
  };
}

/**
 * A network by the list of its genes.
 *
 * @category Super-networks
 */
export interface ListedGenes {
  /** For every stage its depth, then kernel and expansion of as many blocks as it can have. */
  readonly genes: readonly number[];
  /** Height and width of the image. */
  readonly resolution: number;
  /** Factor of the channels; that of the super-network's space when absent. */
  readonly width?: number;
}

/**
 * The genes of a network that a search has as a list.
 *
 * @throws {RangeError} if the list has another length, or the network another width.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { smallSupernetSpace, supernetGenes } from "tinyloom";
 *
 * const genes = [1, 3, 4, 0, 0, 2, 5, 3, 7, 6, 0, 0, 1, 3, 3, 0, 0];
 * const { depths, kernels } = supernetGenes(smallSupernetSpace, { genes, resolution: 32 });
 * assert.deepEqual(depths, [1, 2, 1]);
 * assert.deepEqual(kernels[1], [5, 7, 0]);
 * ```
 *
 * @category Super-networks
 */
export function supernetGenes(
  { stages, width }: SupernetSpace,
  { genes, resolution, ...network }: ListedGenes,
): SupernetGenes {
  if (width !== undefined && network.width !== undefined && network.width !== width) {
    throw new RangeError(`a network of width ${network.width}, needed ${width}`);
  }
  const slots = stages.map(({ depths }) => depths[depths.length - 1]);
  const length = slots.reduce((sum, count) => sum + 1 + 2 * count, 0);
  if (genes.length !== length) throw new RangeError(`${genes.length} genes, needed ${length}`);
  let next = 0;
  const perStage = slots.map((count) => {
    const [depth, ...choices] = genes.slice(next, next += 1 + 2 * count);
    return { depth, choices };
  });
  const each = (parity: number) =>
    perStage.map(({ choices }) => choices.filter((_, i) => i % 2 === parity));
  return {
    resolution,
    depths: perStage.map(({ depth }) => depth),
    kernels: each(0),
    expansions: each(1),
  };
}

/**
 * Spaces for `wakeWordImages`, grey and of two classes, small enough to train in place: the first four
 * stages of `searchSpace`'s, 32 to 80 pixels and widths of 0.2 to 0.5 when nothing else is asked for.
 * Blocks may also do without expansion.
 *
 * @throws {RangeError} as `searchSpace`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { wakeWordSpaces } from "tinyloom";
 *
 * assert.equal(wakeWordSpaces({ resolutions: [32, 48], widths: [0.3] }).length, 2);
 * ```
 *
 * @category Super-networks
 */
export function wakeWordSpaces(options: SpaceGridOptions = {}): readonly SearchSpace[] {
  checkOptions(
    "wakeWordSpaces",
    options,
    "resolutions widths inputChannels classes kernels expansions depths stages",
  );
  return searchSpaces({
    resolutions: [32, 40, 48, 56, 64, 72, 80],
    widths: [0.2, 0.3, 0.4, 0.5],
    depths: [1, 2, 3],
    expansions: [1, 3, 4, 6],
    stages: 4,
    ...options,
    inputChannels: 1,
    classes: 2,
  });
}
