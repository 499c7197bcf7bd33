import { checkOptions } from "../../check_arguments.ts";
import { makeDivisible } from "../../model/zoo/make_divisible.ts";
import type { LabelledData } from "../data/labelled_data.ts";
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
  /** Channels of the image; 1 when absent. */
  readonly inputChannels?: number;
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
  options: { readonly resolutions: readonly number[]; readonly columns?: readonly number[] },
): SupernetSpace {
  checkOptions("supernetSpace", options, "resolutions columns");
  const { resolutions, columns } = options;
  const { width, classes, inputChannels, kernels, expansions, first, head = null } = space;
  const isSquare = columns === undefined || columns.join() === resolutions.join();
  const scaled = (channels: number) => makeDivisible(channels * width);
  return {
    width,
    resolutions,
    ...(!isSquare && { columns }),
    ...(inputChannels !== undefined && inputChannels !== 1 && { inputChannels }),
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
  /** Rows of the image. */
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

/** Columns of an image of so many rows that has the proportions of the data. */
export function columnsAt(
  rows: number,
  data: Pick<LabelledData, "height" | "width"> = { height: 1, width: 1 },
): number {
  return Math.max(1, Math.round(rows * data.width / data.height));
}

/**
 * Options of `dataSpaces` and `wakeWordSpaces`.
 *
 * @category Data
 */
export type DataSpaceOptions = Omit<SpaceGridOptions, "aspect" | "inputChannels" | "classes">;

/**
 * Spaces for data, small enough to train in place: the first four stages of `searchSpace`'s, blocks that
 * may also do without expansion, widths of 0.2 to 0.5, and resolutions of 24 to 80 rows, about as many as
 * the data have, when nothing else is asked for. Blocks without expansion need the least memory, but share
 * their filters with those that have one, and super-networks learn worse with them (`deno task bench:rank`).
 *
 * @throws {RangeError} as `searchSpace`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dataSpaces, wakeWordImages } from "tinyloom";
 *
 * const data = wakeWordImages({ seed: 1, count: 2, resolution: 32 });
 * const [space] = dataSpaces(data, { widths: [0.3] });
 * assert.deepEqual([space.resolution, space.inputChannels, space.classes], [28, 1, 2]);
 * ```
 *
 * @category Data
 */
export function dataSpaces(
  data: Pick<LabelledData, "height" | "width" | "channels" | "classes">,
  options: DataSpaceOptions = {},
): readonly SearchSpace[] {
  checkOptions("dataSpaces", options, "resolutions widths kernels expansions depths stages");
  const { height, width, channels, classes } = data;
  const near = RESOLUTIONS.filter((rows) =>
    rows >= 0.85 * Math.min(height, 32) && rows <= 1.5 * height
  );
  return smallSpaces({
    resolutions: near.length > 0 ? near : [Math.max(16, Math.min(height, 80))],
    ...options,
    aspect: width / height,
    inputChannels: channels,
    classes: classes.length,
  });
}

const RESOLUTIONS = [24, 28, 32, 40, 48, 56, 64, 72, 80];

function smallSpaces(options: SpaceGridOptions): readonly SearchSpace[] {
  return searchSpaces({
    widths: [0.2, 0.3, 0.4, 0.5],
    depths: [1, 2, 3],
    expansions: [1, 3, 4, 6],
    stages: 4,
    ...options,
  });
}

/**
 * Spaces for `wakeWordImages`, grey and of two classes: those of `dataSpaces`, of 32 to 80 pixels when
 * nothing else is asked for.
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
export function wakeWordSpaces(options: DataSpaceOptions = {}): readonly SearchSpace[] {
  checkOptions("wakeWordSpaces", options, "resolutions widths kernels expansions depths stages");
  return smallSpaces({
    resolutions: RESOLUTIONS.slice(2),
    ...options,
    inputChannels: 1,
    classes: 2,
  });
}
