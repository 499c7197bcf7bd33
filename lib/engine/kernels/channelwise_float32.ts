import type { Region, Value } from "../../codegen/kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../codegen/kernel/values.ts";
import { outputPixels } from "../../plan/read_extent.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { columnTaps } from "./column_taps.ts";
import type { IndexRange } from "./index_range.ts";
import { loadBytes } from "./load_bytes.ts";
import { type ChannelBlock, channelBlocks } from "./pack_weights.ts";
import { PixelRing } from "./pixel_ring.ts";
import { loadRepeated } from "./repeated_floats.ts";
import { storeBytes } from "./store_bytes.ts";
import { isPointwise } from "./window_taps.ts";
import {
  type PixelTile,
  prepareWalk,
  splitRemarks,
  walkBlocks,
  walkWindow,
  type WindowWalk,
} from "./window_walk.ts";

/** An operator that makes each output channel from one input channel: what it does with a window. */
export interface ChannelwiseOperator {
  /** Its name in the kernel's. */
  readonly name: string;
  /** Output channels made from an input channel. */
  readonly multiplier: number;
  /** Vectors of constants for every block of channels: one of each for every tap, others behind. */
  readonly constants: ((blocks: readonly ChannelBlock[]) => Region) | null;
  /** Vectors of constants behind those of the taps. */
  readonly constantsBehind: number;
  /** What a sum starts from. */
  readonly initial: Value;
  /** The sum with one element more. */
  readonly combine: (sum: Value, x: Value, weight: Value | null) => Value;
  /** The output's elements; `behind(i)` loads a constant behind those of the taps. */
  readonly finish: (
    sum: Value,
    window: { readonly taps: Value; readonly behind: (index: number) => Value },
  ) => Value;
}

/**
 * Depthwise convolutions and pools of float32: vectors of four channels, several pixels of a row
 * together so that a weight and an element of the image are loaded once for all of them. Every sum
 * is added up in the reference's order.
 */
export function channelwiseFloat32(
  layer: Layer,
  { window, operator }: { readonly window: SlidingWindow; readonly operator: ChannelwiseOperator },
): LayerKernel | null {
  const { inputs: [input], outputs: [output], step } = layer;
  const { multiplier } = operator;
  const channels = window.outputPixelBytes / 4;
  const isHeldBack = step.form === "in-place" && step.delayPixels > 0;
  const together = isHeldBack ? Math.min(step.channelsAtOnce!, channels) : channels;
  if (together % 4 > 0 && together < channels) return null;
  const fewest = fewestVectors(multiplier);
  if (fewest > MOST_SUMS) return null;
  const most = Math.min(step.pixelsAtOnce ?? Infinity, MOST_PIXELS, Math.floor(MOST_SUMS / fewest));
  const pixels = evenPixels(window, most);
  if (pixels * window.kernelWidth > MOST_TAPS) return null;
  const isSplit = multiplier > 1 || isHeldBack;
  const vectors = isSplit ? fewest : Math.min([4, 4, 2][pixels] ?? 1, Math.ceil(channels / 4));

  const blocks = channelBlocks(channels, vectors);
  const weights = operator.constants?.(blocks) ?? null;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const tile = { pixels, vectors };
  const walk = prepareWalk(layer, { window, tile, channels, thread, hasFixedBorder: true });
  const context: Context = { b, window, operator, weights, input: input!.region, vectors };

  if (isHeldBack) {
    const groups = channelBlocks(channels, Math.ceil(together / 4));
    const fullGroups = Math.floor(channels / together);
    walkBlocks(b, { ...walk, fullBlocks: fullGroups }, groups, (group, index) => {
      const groupBytes = b.let("group", mul(index, together * 4));
      const ring = new PixelRing(b, {
        ring: layer.ring!,
        output: output.region,
        delay: step.delayPixels,
        slotBytes: together * 4,
        pixelBytes: window.outputPixelBytes,
        count: outputPixels(window),
        groupBytes,
        isReverse: walk.isReverse,
      });
      walkWindow(b, walk, (tile) => {
        const slots = ring.take(tile.pixels);
        const pixelOf = (turn: number) => walk.isReverse ? tile.pixels - 1 - turn : turn;
        emitGroup(context, walk, {
          tile,
          group,
          firstBlock: mul(index, together / (4 * vectors)),
          finish: (results, offsetBytes, count) => {
            const inGroup = b.let("in_group", sub(offsetBytes, groupBytes));
            slots.forEach((slot, turn) => {
              ring.store(slot, { offsetBytes: inGroup, value: results[pixelOf(turn)], count });
            });
          },
        });
      });
      const parts = channelBlocks(group.channels, 1);
      ring.flush(parts.map((part) => ({ offsetBytes: part.first * 4, count: part.channels })));
    });
  } else {
    walkWindow(b, walk, (tile) => {
      const group = { first: 0, channels, vectors: Math.ceil(channels / 4) };
      emitGroup(context, walk, {
        tile,
        group,
        firstBlock: constant(0),
        finish: (results, offsetBytes, count) => {
          const address = b.let("y_at", add(tile.y, offsetBytes));
          results.forEach((value, p) => {
            const at = { region: output.region, address, offsetBytes: p * window.outputPixelBytes };
            storeBytes(b, at, value, count * 4);
          });
        },
      });
    });
  }
  return {
    kernel: `${operator.name} float32 ${window.kernelHeight}x${window.kernelWidth} ` +
      `${pixels}x${vectors * 4}`,
    schedule: [
      `tile pixels by ${pixels}`,
      `tile channels by ${vectors * 4}`,
      "vectorize channels by 4",
      "unroll taps",
      ...isHeldBack ? [`hold ${step.delayPixels} pixels of ${together} channels back`] : [],
      ...splitRemarks(walk),
    ],
    code: [b.finish(layer.name)],
    isParallel: walk.split !== "none",
  };
}

/** What all tiles have in common. */
interface Context {
  readonly b: KernelBuilder;
  readonly window: SlidingWindow;
  readonly operator: ChannelwiseOperator;
  readonly weights: Region | null;
  readonly input: Region;
  /** Vectors of four channels in a block. */
  readonly vectors: number;
}

/** Takes one vector of channels of all pixels of a tile. */
type Finish = (results: readonly Value[], offsetBytes: Value, count: number) => void;

/** One tile of pixels for a group of channels, block by block; `firstBlock` is the group's first. */
function emitGroup(
  context: Context,
  walk: WindowWalk,
  { tile, group, firstBlock, finish }: {
    readonly tile: PixelTile;
    readonly group: ChannelBlock;
    readonly firstBlock: Value;
    readonly finish: Finish;
  },
): void {
  const { b, vectors } = context;
  const blocks = channelBlocks(group.channels, vectors);
  const fullBlocks = Math.floor(group.channels / (4 * vectors));
  walkBlocks(b, { ...walk, fullBlocks }, blocks, (block, index) => {
    const number = b.let("number", add(firstBlock, index));
    const results = sumBlock(context, { tile, block, number });
    const channelBytes = b.let("channel", mul(number, vectors * 16));
    results.forEach((row, v) => {
      finish(row, add(channelBytes, v * 16), Math.min(4, block.channels - v * 4));
    });
  });
}

/** The output's elements of a block, by vector and pixel. */
function sumBlock(
  { b, window, operator, weights, input, vectors }: Context,
  { tile, block, number }: {
    readonly tile: PixelTile;
    readonly block: ChannelBlock;
    readonly number: Value;
  },
): readonly (readonly Value[])[] {
  const { kernelHeight, kernelWidth, dilationH, inputWidth, inputPixelBytes } = window;
  const { columns, taps } = columnTaps(window, tile);
  const { rows, pixels } = tile;
  const rowBytes = dilationH * inputWidth * inputPixelBytes;
  const tapBytes = block.vectors * 16;
  const constantsBytes = (kernelHeight * kernelWidth + operator.constantsBehind) * vectors * 16;
  const w = weights && b.let("w", add(start(weights), mul(number, constantsBytes)));
  const inputBytes = inputChannelBytes(number, operator.multiplier, vectors);
  const leftBytes = (columns[0]?.column ?? 0) * inputPixelBytes;
  const x = b.let(
    "x_at",
    add(add(tile.x, mul(rows.from, rowBytes)), add(inputBytes, leftBytes)),
  );
  const wRow = w && b.let("w_row", add(w, mul(rows.from, kernelWidth * tapBytes)));
  const sums = Array.from(
    { length: block.vectors },
    (_, v) => Array.from({ length: pixels }, (_, p) => b.let(`sum${p}_${v}`, operator.initial)),
  );

  const emitRow = (xBytes: number, wBytes: number) => {
    const loaded = new Map<number, Value>();
    const weight = (tap: number, v: number): Value | null => {
      if (wRow === null) return null;
      const key = tap * block.vectors + v;
      const offsetBytes = wBytes + key * 16;
      const known = loaded.get(key) ??
        b.let("w4", b.load("v128.load", { region: weights!, address: wRow, offsetBytes }));
      loaded.set(key, known);
      return known;
    };
    for (const { column, uses } of columns) {
      const offsetBytes = xBytes + column * inputPixelBytes - leftBytes;
      for (let v = 0; v < block.vectors; v++) {
        const count = Math.min(4, block.channels - v * 4);
        const at = { region: input, address: x, offsetBytes };
        const x4 = b.let("x4", loadChannels(b, at, { v, count, multiplier: operator.multiplier }));
        for (const { pixel, tap } of uses) {
          const sum = sums[v][pixel];
          b.set(sum, operator.combine(sum, x4, weight(tap, v)));
        }
      }
    }
  };
  const isWhole = isWholeHeight(rows, kernelHeight);
  if (isWhole && kernelHeight * columns.length * block.vectors <= MOST_UNROLLED) {
    for (let kh = 0; kh < kernelHeight; kh++) emitRow(kh * rowBytes, kh * kernelWidth * tapBytes);
  } else {
    b.for("kh", { from: rows.from, until: rows.until }, () => {
      emitRow(0, 0);
      b.advance(x, rowBytes);
      if (wRow !== null) b.advance(wRow, kernelWidth * tapBytes);
    });
  }
  return sums.map((row, v) => {
    const behind = (index: number) => {
      const offsetBytes = (kernelHeight * kernelWidth + index) * tapBytes + v * 16;
      return b.let("w4", b.load("v128.load", { region: weights!, address: w!, offsetBytes }));
    };
    const height = sub(rows.until, rows.from);
    return row.map((sum, p) => operator.finish(sum, { taps: mul(height, taps[p]), behind }));
  });
}

/** Byte of a pixel at which the input channels of a block begin. */
function inputChannelBytes(number: Value, multiplier: number, vectors: number): Value {
  const outputs = vectors * 4;
  if (outputs % multiplier === 0) return mul(number, outputs / multiplier * 4);
  return mul(apply("i32.div_u", [number, multiplier / outputs]), 4);
}

function loadChannels(
  b: KernelBuilder,
  at: At,
  { v, count, multiplier }: {
    readonly v: number;
    readonly count: number;
    readonly multiplier: number;
  },
): Value {
  if (multiplier > 1) return loadRepeated(b, at, { repeats: multiplier, skipped: v * 4, count });
  return loadBytes(b, { ...at, offsetBytes: at.offsetBytes! + v * 16 }, count * 4);
}

function isWholeHeight({ from, until }: IndexRange, kernelHeight: number): boolean {
  return from.kind === "constant" && until.kind === "constant" &&
    Number(until.value) - Number(from.value) === kernelHeight;
}

/** Vectors of a row of loads written out one after the other; more of them become a loop. */
const MOST_UNROLLED = 160;
/** Taps of the pixels of a tile in a row; more are left to a kernel without tiles. */
const MOST_TAPS = 256;
/** Sums of a tile, which stay in registers beside weights. */
const MOST_SUMS = 10;
const MOST_PIXELS = 6;

/** Vectors in which whole input channels end, or that are part of one. */
function fewestVectors(multiplier: number): number {
  if (multiplier % 4 === 0) return 1;
  return multiplier % 2 === 0 ? multiplier / 2 : multiplier;
}

/** Tiles of about the same size in a row, of at most `most` pixels. */
function evenPixels(window: SlidingWindow, most: number): number {
  const { batches, outputHeight, outputWidth } = window;
  const width = isPointwise(window) ? batches * outputHeight * outputWidth : outputWidth;
  return Math.ceil(width / Math.ceil(width / most));
}
