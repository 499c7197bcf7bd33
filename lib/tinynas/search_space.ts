import { checkOptions, checkWhole } from "../check_arguments.ts";

/**
 * Blocks of equal output channels, the first of which has the stride.
 *
 * @category Search
 */
export interface SpaceStage {
  /** Output channels at width 1. */
  readonly channels: number;
  /** Stride of the first block. */
  readonly stride: number;
  /** Numbers of blocks to choose from, ascending. */
  readonly depths: readonly number[];
}

/**
 * Networks of one resolution and one width: plain data, so that it travels to workers and files.
 *
 * @category Search
 */
export interface SearchSpace {
  /** Rows of the input image. */
  readonly resolution: number;
  /** Columns of the input image, where it is not square. */
  readonly columns?: number;
  /** Factor of all channels, which are rounded by `makeDivisible`. */
  readonly width: number;
  /** Channels of the image. */
  readonly inputChannels: number;
  /** Outputs of the classifier. */
  readonly classes: number;
  /** Depthwise kernels to choose from. */
  readonly kernels: readonly number[];
  /** Expansion ratios to choose from. */
  readonly expansions: readonly number[];
  /** Channels of the first convolution, 3x3 of stride 2, at width 1. */
  readonly stem: number;
  /** Output channels of the first block, 3x3 without expansion, at width 1. */
  readonly first: number;
  /** What follows. */
  readonly stages: readonly SpaceStage[];
  /** Channels of a last pointwise convolution at width 1; null for none. */
  readonly head: number | null;
}

/**
 * Options of `searchSpace`; the space of the MCUNet paper when absent.
 *
 * @category Search
 */
export interface SearchSpaceOptions {
  /** Rows of the image; 160 when absent; a whole number of at least 16. */
  readonly resolution?: number;
  /** Columns of the image; as many as rows when absent. */
  readonly columns?: number;
  /** 0.5 when absent. */
  readonly width?: number;
  /** 3 when absent: colours. */
  readonly inputChannels?: number;
  /** 1,000 when absent, as ImageNet has. */
  readonly classes?: number;
  /** 3, 5 and 7 when absent; odd. */
  readonly kernels?: readonly number[];
  /** 3, 4 and 6 when absent; the networks that MCUNet's authors released also have 5. */
  readonly expansions?: readonly number[];
  /** Blocks in each stage but the sixth, which has one; 2, 3 and 4 when absent. */
  readonly depths?: readonly number[];
  /** How many of the six stages, the first ones, there are; 6 when absent. Small images need fewer. */
  readonly stages?: number;
}

// Strides and channels of ProxylessNAS's "mobile", which the networks of mit-han-lab/mcunet share.
const STAGES = [[24, 2], [40, 2], [80, 2], [96, 1], [192, 2]] as const;
const LAST = { channels: 320, stride: 1, depths: [1] } as const;
const LEAST_RESOLUTION = 16;

/**
 * The space of MCUNet (Lin et al., NeurIPS 2020, section 3.1) at one resolution and width: inverted
 * residual blocks in the stages of ProxylessNAS (Cai et al., ICLR 2019), a kernel and an expansion
 * ratio for each block, a depth for each stage.
 *
 * @throws {RangeError} for an option out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { searchSpace, spaceSize } from "tinyloom";
 *
 * const space = searchSpace({ resolution: 176, width: 0.5 });
 * assert.equal(space.stages.length, 6);
 * assert.ok(spaceSize(space) > 1e19);
 * ```
 *
 * @category Search
 */
export function searchSpace(options: SearchSpaceOptions = {}): SearchSpace {
  checkOptions(
    "searchSpace",
    options,
    "resolution columns width inputChannels classes kernels expansions depths stages",
  );
  const {
    resolution = 160,
    columns = resolution,
    width = 0.5,
    inputChannels = 3,
    classes = 1000,
    kernels = [3, 5, 7],
    expansions = [3, 4, 6],
    depths = [2, 3, 4],
    stages = STAGES.length + 1,
  } = options;
  checkWhole({ resolution }, LEAST_RESOLUTION);
  if (!(Number.isInteger(stages) && stages >= 1 && stages <= STAGES.length + 1)) {
    throw new RangeError(
      `stages is ${stages}, needed a whole number from 1 to ${STAGES.length + 1}`,
    );
  }
  if (!(width > 0 && width <= 4)) {
    throw new RangeError(`width is ${width}, needed a number above 0 and at most 4`);
  }
  checkWhole({ columns, inputChannels, classes });
  return {
    resolution,
    ...(columns !== resolution && { columns }),
    width,
    inputChannels,
    classes,
    kernels: choices("kernels", kernels, (kernel) => kernel % 2 === 1),
    expansions: choices("expansions", expansions, () => true),
    stem: 32,
    first: 16,
    stages: [
      ...STAGES.map(([channels, stride]) => ({
        channels,
        stride,
        depths: choices("depths", depths, () => true),
      })),
      LAST,
    ].slice(0, stages),
    head: null,
  };
}

function choices(
  name: string,
  values: readonly number[],
  isGood: (value: number) => boolean,
): readonly number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  for (const value of sorted) {
    if (Number.isInteger(value) && value >= 1 && isGood(value)) continue;
    const odd = isGood(2) ? "" : "odd ";
    throw new RangeError(`${name} has ${value}, needed ${odd}whole numbers of at least 1`);
  }
  if (sorted.length === 0) throw new RangeError(`${name} is empty, needed at least one`);
  return sorted;
}

/**
 * Resolutions and widths of a grid of spaces.
 *
 * @category Search
 */
export interface SpaceGridOptions
  extends Omit<SearchSpaceOptions, "resolution" | "columns" | "width"> {
  /** 48, 64 and so on to 224 when absent: the paper's twelve. */
  readonly resolutions?: readonly number[];
  /** Columns of an image by its rows; 1, square ones, when absent. */
  readonly aspect?: number;
  /** 0.2, 0.3 and so on to 1.0 when absent: the paper's nine. */
  readonly widths?: readonly number[];
}

/**
 * A space for every resolution and width: what stage 1 chooses from.
 *
 * @throws {RangeError} as `searchSpace`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { searchSpaces } from "tinyloom";
 *
 * assert.equal(searchSpaces().length, 9 * 12);
 * ```
 *
 * @category Search
 */
export function searchSpaces(options: SpaceGridOptions = {}): readonly SearchSpace[] {
  checkOptions(
    "searchSpaces",
    options,
    "resolutions aspect widths inputChannels classes kernels expansions depths stages",
  );
  const {
    resolutions = Array.from({ length: 12 }, (_, i) => 48 + 16 * i),
    widths = Array.from({ length: 9 }, (_, i) => (i + 2) / 10),
    aspect = 1,
    ...rest
  } = options;
  if (!(aspect > 0 && Number.isFinite(aspect))) {
    throw new RangeError(`aspect is ${aspect}, needed a positive number`);
  }
  return widths.flatMap((width) =>
    resolutions.map((resolution) => {
      const columns = Math.max(1, Math.round(aspect * resolution));
      return searchSpace({ ...rest, resolution, columns, width });
    })
  );
}

/**
 * Number of different architectures: the product over the stages of the sum over their depths d of
 * (kernels x expansions)^d. Exact up to 2^53, rounded above.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { searchSpace, spaceSize } from "tinyloom";
 *
 * // Five stages of 9 + 81 choices, and a single block.
 * assert.equal(spaceSize(searchSpace({ depths: [1, 2] })), 90 ** 5 * 9);
 * ```
 *
 * @category Search
 */
export function spaceSize({ kernels, expansions, stages }: SearchSpace): number {
  const choices = kernels.length * expansions.length;
  return stages.reduce(
    (product, { depths }) => product * depths.reduce((sum, depth) => sum + choices ** depth, 0),
    1,
  );
}
