import { type TensorPacker, tensorPacker } from "../../codegen/pack_tensor.ts";
import type { Region, Value } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, mul, type Operand } from "../../kernel/values.ts";
import { dtypeBytes, type TensorData, zeros } from "../../nest/dtype.ts";
import type { Nest } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { ConstantPool } from "../constant_pool.ts";
import type { ChannelBlock } from "../kernels/channelwise/channel_blocks.ts";
import type { BlockLibrary } from "./block_library.ts";
import { type BlockShape, isTakenApart } from "./block_nest.ts";
import type { IndexRange } from "../kernels/walk/index_range.ts";
import type { PixelTile } from "../kernels/walk/window_walk.ts";
import {
  type BlockPlace,
  type ConvBlock,
  recordConvBlock,
  type Sums,
} from "./record_conv_block.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** What the blocks of a layer have in common. */
export interface ConvBlocksOptions {
  readonly name: string;
  readonly constants: ConstantPool;
  readonly library: BlockLibrary;
  readonly scheduled: Nest;
  readonly walk: WalkAndBlock;
  /** Blocks of channels, all alike but the last. */
  readonly blocks: readonly ChannelBlock[];
  /** Weights `[channel][taps]`, zeros up to the end of the last vector. */
  readonly values: TensorData;
  /** Weights of a channel. */
  readonly depth: number;
  readonly window: SlidingWindow;
  /** Bytes of an element of the image. */
  readonly elementBytes: number;
  readonly image: Region;
}

/** Packed weights: `blockBytes` from one block of channels to the next. */
interface PackedBlocks {
  readonly region: Region;
  readonly blockBytes: number;
}

/** The blocks of a layer in all shapes in which its walk needs them, with their weights packed. */
export class ConvBlocks {
  readonly #options: ConvBlocksOptions;
  readonly #blockOf: (shape: BlockShape) => ConvBlock;
  readonly #vectors = new Map<Uint8Array, Value>();
  /** By whether taps are packed one by one. */
  readonly #weights = new Map<boolean, PackedBlocks>();

  constructor(options: ConvBlocksOptions) {
    this.#options = options;
    this.#blockOf = options.library.blocksOf(options.scheduled, options.walk);
  }

  /** Records the sums of a tile of columns for block `index` of the channels. */
  record(
    b: KernelBuilder,
    { tile, vectors, index, start: from }: {
      readonly tile: PixelTile;
      readonly vectors: number;
      readonly index: Operand;
      readonly start: BlockPlace["start"];
    },
  ): Sums {
    const { image, window, library } = this.#options;
    // A window that lies in the padding altogether has nothing to add.
    if (countOf(tile.rows) === 0 || tile.columns !== null && countOf(tile.columns) === 0) {
      return Array.from({ length: tile.pixels }, (_, pixel) => (
        Array.from({ length: vectors }, (_, vector) => b.let("sum", from(pixel, vector)))
      ));
    }
    const { region, blockBytes } = this.#weightsFor(tile);
    return recordConvBlock(b, this.#blockFor(tile, vectors), {
      image,
      x: tile.x,
      mover: tile.rowBytes === null ? tile.mover : null,
      weights: region,
      w: add(start(region), mul(index, blockBytes)),
      tapStepBytes: window.dilationW * window.inputPixelBytes,
      rows: tile.rows,
      columns: tile.columns,
      start: from,
      programs: library.programs,
      vector: (bytes) => this.#vectorOf(bytes),
    });
  }

  /** A vector of constants, kept by the bytes that it is asked for by. */
  #vectorOf(bytes: Uint8Array): Value {
    const known = this.#vectors.get(bytes) ??
      this.#options.constants.vector(new Int32Array(bytes.slice().buffer));
    this.#vectors.set(bytes, known);
    return known;
  }

  #blockFor({ pixels, rowBytes, columns }: PixelTile, vectors: number): ConvBlock {
    const { elementBytes, window, walk } = this.#options;
    return this.#blockOf({
      pixels,
      channels: vectors * walk.lanes,
      lineElements: rowBytes === null ? null : rowBytes / elementBytes,
      taps: columns === null ? null : {
        all: window.kernelWidth,
        channels: window.inputPixelBytes / elementBytes,
      },
    });
  }

  /** Weights of all blocks, one after the other. */
  #weightsFor(tile: PixelTile): PackedBlocks {
    const { name, constants, blocks, values, depth, window, walk, elementBytes } = this.#options;
    // Taps that begin with a tile lie among those of a whole row.
    const channels = window.inputPixelBytes / elementBytes;
    const isApart = tile.columns !== null && isTakenApart(walk, channels);
    const known = this.#weights.get(isApart);
    if (known !== undefined) return known;
    const packers = packersOf(blocks, ({ vectors }) => this.#blockFor(tile, vectors).nest);
    const bytes = packBlocks(packers, (i) => {
      const { first, vectors } = blocks[i];
      return values.subarray(first * depth, (first + vectors * walk.lanes) * depth);
    });
    const what = isApart ? "taps" : "weights";
    const packed = {
      region: constants.place(`${name}_${what}`, bytes),
      blockBytes: packers[0].elements * dtypeBytes(packers[0].dtype),
    };
    this.#weights.set(isApart, packed);
    return packed;
  }
}

/** How many indices there are, if that is known now. */
function countOf({ from, until }: IndexRange): number | null {
  const isKnown = from.kind === "constant" && until.kind === "constant";
  return isKnown ? Math.max(0, Number(until.value) - Number(from.value)) : null;
}

/** What packs the weights of blocks of channels, all alike but the last; `nestOf` is asked for both. */
export function packersOf(
  blocks: readonly ChannelBlock[],
  nestOf: (block: ChannelBlock) => Nest,
): readonly TensorPacker[] {
  const [first, last] = [blocks[0], blocks.at(-1)!].map((each) => tensorPacker(nestOf(each), "W"));
  return blocks.map((_, i) => i === blocks.length - 1 ? last : first);
}

/** The weights of blocks, one after the other. */
export function packBlocks(
  packers: readonly TensorPacker[],
  valuesOf: (block: number) => TensorData,
): Uint8Array {
  const elements = packers.reduce((sum, each) => sum + each.elements, 0);
  const packed = zeros(packers[0].dtype, elements);
  let at = 0;
  packers.forEach((packer, i) => {
    packer.pack(valuesOf(i), packed.subarray(at, at + packer.elements));
    at += packer.elements;
  });
  return new Uint8Array(packed.buffer);
}
