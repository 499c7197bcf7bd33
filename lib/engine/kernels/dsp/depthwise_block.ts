import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import type { RowTile } from "../walk/row_tiles.ts";
import type { FinishOptions, SumFinish } from "./finish_sums.ts";

/** What computes some pixels of a row of a depthwise convolution, four channels at a time. */
export interface DepthwiseBlock {
  /** What it is called: `3x3 4x4`. */
  readonly name: string;
  /** Bytes that it works in, for so many pixels. */
  readonly pairsBytes: (pixels: number) => number;
  /** Its weights. */
  readonly packed: () => Uint8Array<ArrayBuffer>;
  /** Bytes of the weights of four channels. */
  readonly groupBytes: number;
  /** Whether it computes all channels at once, none the half of them. */
  readonly needsAllChannels?: boolean;
  /** The code that computes at most so many pixels. */
  readonly emitter: (options: EmitterOptions) => DepthwiseEmitter;
}

/** Where it works. */
export interface EmitterOptions {
  readonly b: KernelBuilder;
  readonly pixels: number;
  readonly pairs: Region;
  readonly weights: Region;
  /** What results are stored in. */
  readonly output: Region;
}

/** Emits the computation of tiles. */
export interface DepthwiseEmitter {
  readonly compute: (tile: RowTile, groups: ChannelGroups) => void;
  /** Functions that are called, known when everything is emitted. */
  readonly code: () => readonly KernelCode[];
}

/** Groups of four channels. */
export interface ChannelGroups {
  /** Pointers to the first group: in the tile's first column on the image, weights, results. */
  readonly x: Value;
  readonly w: Value;
  readonly y: Value;
  readonly count: number;
  /** Bytes between results of neighbours. */
  readonly resultBytes: number;
}

/** What blocks are made for. */
export interface DepthwiseLayer {
  readonly layer: Layer;
  readonly window: SlidingWindow;
  readonly channels: number;
  readonly weights: ArrayLike<number>;
  readonly finish: SumFinish;
  /** By what its sums are finished. */
  readonly sums: FinishOptions;
  /** The input's zero point twice as int16. */
  readonly zeros: number;
  readonly outputZero: number;
}

/** Fills the pairs of columns beside the image, of four channels, with zero points. */
export function fillColumns(
  b: KernelBuilder,
  { pairs, planeBytes, zeros, from, until }: {
    readonly pairs: Region;
    readonly planeBytes: number;
    readonly zeros: number;
    readonly from: number;
    readonly until: number;
  },
): void {
  for (let column = from; column < until; column++) {
    for (let plane = 0; plane < 4; plane++) {
      for (const behind of [0, 4]) {
        const offsetBytes = plane * planeBytes + 8 * column + behind;
        b.store("i32.store", { region: pairs, address: start(pairs), offsetBytes }, zeros);
      }
    }
  }
}
