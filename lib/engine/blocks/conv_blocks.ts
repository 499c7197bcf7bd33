import type { Region } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, mul, type Operand } from "../../kernel/values.ts";
import type { Nest } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { ConstantPool } from "../constant_pool.ts";
import type { ChannelBlock } from "../kernels/pack_weights.ts";
import type { IndexRange } from "../kernels/index_range.ts";
import type { PixelTile } from "../kernels/window_walk.ts";
import {
  type BlockPlace,
  blockWeights,
  type ConvBlock,
  convBlock,
  recordConvBlock,
  type Sums,
} from "./record_conv_block.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** What the blocks of a layer have in common. */
export interface ConvBlocksOptions {
  readonly name: string;
  readonly constants: ConstantPool;
  readonly scheduled: Nest;
  readonly walk: WalkAndBlock;
  /** Blocks of channels, all alike but the last. */
  readonly blocks: readonly ChannelBlock[];
  /** Weights `[channel][taps]`, zeros up to the end of the last vector. */
  readonly values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> };
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
  readonly #known = new Map<string, ConvBlock>();
  /** By whether all taps of a row are on the image. */
  readonly #weights = new Map<boolean, PackedBlocks>();
  readonly #placed: { readonly bytes: Uint8Array; readonly region: Region }[] = [];

  constructor(options: ConvBlocksOptions) {
    this.#options = options;
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
    const { image, window } = this.#options;
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
    });
  }

  #blockFor({ pixels, rows, rowBytes, columns }: PixelTile, vectors: number): ConvBlock {
    const { scheduled, walk, elementBytes, window: { kernelHeight, kernelWidth } } = this.#options;
    const isWhole = countOf(rows) === kernelHeight;
    const shape = {
      pixels,
      channels: vectors * 4,
      lineElements: rowBytes === null ? null : rowBytes / elementBytes,
      taps: columns === null ? null : {
        all: kernelWidth,
        channels: this.#options.window.inputPixelBytes / elementBytes,
        left: countOf(columns),
      },
    };
    const key = JSON.stringify([shape, isWhole]);
    const known = this.#known.get(key) ??
      convBlock(scheduled, { walk, shape, rows: isWhole ? "all" : "some" });
    this.#known.set(key, known);
    return known;
  }

  /** Weights of all blocks, one after the other. */
  #weightsFor(tile: PixelTile): PackedBlocks {
    const isWhole = tile.columns === null;
    const known = this.#weights.get(isWhole);
    if (known !== undefined) return known;
    const { name, constants, blocks, values, depth } = this.#options;
    const parts = blocks.map(({ first, vectors }) =>
      blockWeights(
        this.#blockFor(tile, vectors),
        values.subarray(first * depth, (first + vectors * 4) * depth),
      )
    );
    const bytes = joined(parts);
    // Taps one by one often lie as they do in whole rows.
    const same = this.#placed.find((placed) => isEqual(placed.bytes, bytes));
    const what = isWhole ? "weights" : "taps";
    const region = same?.region ?? constants.place(`${name}_${what}`, bytes);
    if (!same) this.#placed.push({ bytes, region });
    const packed = { region, blockBytes: parts[0].length };
    this.#weights.set(isWhole, packed);
    return packed;
  }
}

/** How many indices there are, if that is known now. */
function countOf({ from, until }: IndexRange): number | null {
  const isKnown = from.kind === "constant" && until.kind === "constant";
  return isKnown ? Math.max(0, Number(until.value) - Number(from.value)) : null;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
