import type { Value } from "../../kernel/kernel.ts";
import { add, constant, mul, sub } from "../../kernel/values.ts";
import { outputPixels } from "../../plan/read_extent.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { openKernel } from "./open_kernel.ts";
import { blocksOf, type ChannelBlock } from "./channel_blocks.ts";
import { PixelRing } from "./pixel_ring.ts";
import { storeBytes } from "./store_bytes.ts";
import {
  type ChannelwiseContext,
  type ChannelwiseOperator,
  sumBlock,
} from "./sum_channelwise_block.ts";
import { isPointwise } from "./window_taps.ts";
import {
  type PixelTile,
  prepareWalk,
  splitRemarks,
  walkBlocks,
  walkWindow,
  type WindowWalk,
} from "./window_walk.ts";

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
  if (together % 4 > 0 && together > 4 && together < channels) return null;
  const fewest = fewestVectors(multiplier);
  if (fewest > MOST_SUMS) return null;
  const most = Math.min(step.pixelsAtOnce ?? Infinity, MOST_PIXELS, Math.floor(MOST_SUMS / fewest));
  const pixels = evenPixels(window, most);
  if (pixels * window.kernelWidth > MOST_TAPS) return null;
  const isSplit = multiplier > 1 || isHeldBack;
  const vectors = isSplit ? fewest : Math.min([4, 4, 2][pixels] ?? 1, Math.ceil(channels / 4));

  // A ring may be too narrow for a vector: then the other lanes are left unused.
  const size = Math.min(vectors * 4, isHeldBack ? together : Infinity);
  const weights = operator.constants?.(blocksOf(channels, size)) ?? null;
  const kernel = openKernel(layer);
  const { b } = kernel;
  const tile = { pixels, vectors };
  const walk = prepareWalk(layer, { kernel, window, tile, channels, border: "tiles" });
  const context: ChannelwiseContext = { b, window, operator, weights, input: input!.region, size };

  if (isHeldBack) {
    const groups = blocksOf(channels, together);
    const fullGroups = Math.floor(channels / together);
    walkBlocks({ ...walk, fullBlocks: fullGroups }, groups, (group, index) => {
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
      walkWindow(walk, (tile) => {
        const slots = ring.take(tile.pixels);
        const pixelOf = (turn: number) => walk.isReverse ? tile.pixels - 1 - turn : turn;
        emitGroup(context, walk, {
          tile,
          group,
          firstBlock: mul(index, together / size),
          finish: (results, offsetBytes, count) => {
            const inGroup = b.let("in_group", sub(offsetBytes, groupBytes));
            slots.forEach((slot, turn) => {
              ring.store(slot, { offsetBytes: inGroup, value: results[pixelOf(turn)], count });
            });
          },
        });
      });
      const parts = blocksOf(group.channels, size);
      ring.flush(parts.map((part) => ({ offsetBytes: part.first * 4, count: part.channels })));
    });
  } else {
    walkWindow(walk, (tile) => {
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
      `${pixels}x${size}`,
    remarks: [
      `tile pixels by ${pixels}`,
      `tile channels by ${size}`,
      "vectorize channels by 4",
      "unroll taps",
      ...isHeldBack ? [`hold ${step.delayPixels} pixels of ${together} channels back`] : [],
      ...splitRemarks(walk),
    ],
    code: [b.finish(layer.name)],
    isParallel: walk.split !== "none",
  };
}

/** Takes one vector of channels of all pixels of a tile. */
type Finish = (results: readonly Value[], offsetBytes: Value, count: number) => void;

/** One tile of pixels for a group of channels, block by block; `firstBlock` is the group's first. */
function emitGroup(
  context: ChannelwiseContext,
  walk: WindowWalk,
  { tile, group, firstBlock, finish }: {
    readonly tile: PixelTile;
    readonly group: ChannelBlock;
    readonly firstBlock: Value;
    readonly finish: Finish;
  },
): void {
  const { b, size } = context;
  const blocks = blocksOf(group.channels, size);
  const fullBlocks = Math.floor(group.channels / size);
  walkBlocks({ ...walk, fullBlocks }, blocks, (block, index) => {
    const number = b.let("number", add(firstBlock, index));
    const results = sumBlock(context, { tile, block, number });
    const channelBytes = b.let("channel", mul(number, size * 4));
    results.forEach((row, v) => {
      finish(row, add(channelBytes, v * 16), Math.min(4, block.channels - v * 4));
    });
  });
}

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
