import { packedName } from "../../codegen/lower_pack.ts";
import { type BlockBinding, recordBlock } from "../../codegen/record_block.ts";
import type { Region, Value } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, mul, sub } from "../../kernel/values.ts";
import type { Nest } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { ConstantPool } from "../constant_pool.ts";
import type { ChannelBlock } from "../kernels/channelwise/channel_blocks.ts";
import { type IndexRange, isWhole } from "../kernels/walk/index_range.ts";
import type { ColumnUse } from "../kernels/walk/window_taps.ts";
import type { PixelTile } from "../kernels/walk/window_walk.ts";
import type { BlockLibrary } from "./block_library.ts";
import type { ChannelwiseShape } from "./channelwise_nest.ts";
import { packBlocks, packersOf } from "./conv_blocks.ts";
import { packedBytes, type Sums } from "./record_conv_block.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** What the blocks of a layer have in common. */
export interface ChannelwiseBlocksOptions {
  readonly name: string;
  readonly constants: ConstantPool;
  readonly library: BlockLibrary;
  readonly scheduled: Nest;
  readonly cut: WalkAndBlock;
  /** Blocks of channels, all alike but the last. */
  readonly blocks: readonly ChannelBlock[];
  /** Weights `[tap][channel]`; null: there are none. */
  readonly weights: Float32Array | null;
  readonly window: SlidingWindow;
  readonly image: Region;
}

/** Packed weights: `blockBytes` from one block of channels to the next. */
interface PackedBlocks {
  readonly region: Region;
  readonly blockBytes: number;
}

/** The blocks of a layer that keeps channels apart, in all shapes in which its walk needs them. */
export class ChannelwiseBlocks {
  readonly #options: ChannelwiseBlocksOptions;
  readonly #nestOf: (shape: ChannelwiseShape) => Nest;
  readonly #weights: PackedBlocks | null;
  /** Bytes of packed weights from one row of taps to the next. */
  readonly #rowBytes = new Map<Nest, number>();

  constructor(options: ChannelwiseBlocksOptions) {
    this.#options = options;
    const { library, scheduled, cut, window } = options;
    this.#nestOf = library.channelwiseOf(scheduled, cut, window);
    this.#weights = options.weights && this.#packed(options.weights);
  }

  /** Records the sums of a tile of columns for block `number` of the channels. */
  record(
    b: KernelBuilder,
    { tile, columns, block, number, start: from }: {
      readonly tile: PixelTile;
      /** Columns of the image that the tile reads. */
      readonly columns: readonly ColumnUse[];
      readonly block: ChannelBlock;
      readonly number: Value;
      /** What the sums of a pixel start from. */
      readonly start: (pixel: number) => Value;
    },
  ): Sums {
    const { window, image, blocks, library } = this.#options;
    const { rows, rowBytes, pixels } = tile;
    const sums: Value[][] = Array.from(
      { length: pixels },
      (_, pixel) => Array.from({ length: block.vectors }, () => from(pixel)),
    );
    // A window that lies in the padding altogether has nothing to add.
    if (columns.length === 0) return sums;
    const left = columns[0].column;
    const isCut = !isWhole(rows, window.kernelHeight);
    const nest = this.#nestOf({
      pixels,
      channels: block.channels,
      lineElements: rowBytes === null ? null : rowBytes / 4,
      isCut,
    });
    const blockBytes = blocks[0].channels * 4;
    const x = add(tile.x, add(mul(number, blockBytes), left * window.inputPixelBytes));
    recordBlock(b, nest, {
      buffers: {
        I: {
          region: image,
          pointer: b.let("x_at", x),
          element: left * window.inputPixelBytes / 4,
        },
        ...this.#weightsAt(b, nest, { number, rows }),
      },
      extents: isCut ? { kh: extentOf(rows, window.kernelHeight) } : {},
      included: includedOf(columns, pixels * window.kernelWidth),
      programs: library.programs,
      isCompact: true,
      isExact: true,
      ...rowBytes === null ? { moves: { I: { kh: tile.mover } } } : {},
      start: ({ coordinates: { col = 0 } }) => from(col),
      finish: (all) => {
        for (const { coordinates: { col = 0, c }, value } of all) sums[col][c / 4] = value;
      },
    });
    return sums;
  }

  #weightsAt(
    b: KernelBuilder,
    nest: Nest,
    { number, rows }: { readonly number: Value; readonly rows: IndexRange },
  ) {
    if (this.#weights === null) return {};
    const { region, blockBytes } = this.#weights;
    const rowBytes = this.#rowBytes.get(nest) ?? packedBytes(nest, "kh");
    this.#rowBytes.set(nest, rowBytes);
    const row = mul(rows.from, rowBytes);
    const pointer = b.let("w", add(add(start(region), mul(number, blockBytes)), row));
    return { [packedName(nest.packs[0])]: { region, pointer } };
  }

  /** Weights of all blocks, one after the other. */
  #packed(weights: Float32Array): PackedBlocks {
    const { name, constants, blocks, window, cut } = this.#options;
    const taps = window.kernelHeight * window.kernelWidth;
    const channels = weights.length / taps;
    const { pixels } = cut;
    const packers = packersOf(
      blocks,
      ({ channels: count }) =>
        this.#nestOf({ pixels, channels: count, lineElements: null, isCut: true }),
    );
    const block = new Float32Array(taps * blocks[0].channels);
    const bytes = packBlocks(packers, (i) => {
      const { first, channels: count } = blocks[i];
      const values = block.subarray(0, taps * count);
      for (let tap = 0, at = 0; tap < taps; tap++) {
        const from = tap * channels + first;
        for (let c = 0; c < count; c++) values[at++] = weights[from + c];
      }
      return values;
    });
    return {
      region: constants.place(`${name}_weights`, bytes),
      blockBytes: packers[0].elements * 4,
    };
  }
}

/** The taps that are on the image, by pixel; undefined: all of them are. */
function includedOf(columns: readonly ColumnUse[], all: number): BlockBinding["included"] {
  if (columns.reduce((sum, { uses }) => sum + uses.length, 0) === all) return undefined;
  const onImage = columns.flatMap(({ uses }) => uses.map(({ pixel, tap }) => `${pixel} ${tap}`));
  return {
    key: onImage.join(),
    includes: ({ col = 0, kw }) => onImage.includes(`${col} ${kw}`),
  };
}

function extentOf({ from, until }: IndexRange, most: number) {
  const value = sub(until, from);
  const sizes = value.kind === "constant"
    ? [Number(value.value)]
    : Array.from({ length: most + 1 }, (_, i) => most - i);
  return { sizes, value };
}
