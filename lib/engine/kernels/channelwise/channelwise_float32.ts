import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul, sub } from "../../../kernel/values.ts";
import { outputPixels, type SlidingWindow } from "../../../plan/sliding_window.ts";
import { ScheduleError } from "../../../schedule/loops.ts";
import { scheduledChannelwise } from "../../blocks/scheduled_channelwise.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { storeBytes } from "../vectors/bytes.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { walkBlocks, walkWindow } from "../walk/walk_window.ts";
import { isPointwise } from "../walk/window_taps.ts";
import { type PixelTile, prepareWalk, splitRemarks, type WindowWalk } from "../walk/window_walk.ts";
import { blocksOfChannels, type ChannelBlock } from "./channel_blocks.ts";
import { repeatedSums, scheduledSums, type SumBlock } from "./channelwise_sums.ts";
import { PixelRing } from "./in_place_depthwise_ring.ts";
import type { ChannelwiseOperator } from "./sum_repeated_block.ts";

/**
 * Depthwise convolutions and pools of float32: vectors of four channels, several pixels of a row
 * together so that a weight and an element of the image are loaded once for all of them. Every sum
 * is added up in the reference's order.
 */
export function channelwiseFloat32(
  layer: Layer,
  { window, operator }: { readonly window: SlidingWindow; readonly operator: ChannelwiseOperator },
): LayerKernel | null {
  const { outputs: [output], step } = layer;
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

  if (multiplier > 1 && layer.schedule !== null) {
    throw new ScheduleError(
      `Cannot run this schedule in the engine: its kernel makes ${multiplier} channels from each of ` +
        `the input, in lanes that repeat it, which no schedule says`,
    );
  }
  const kernel = openKernel(layer);
  const { b } = kernel;
  const tile = { pixels, vectors };
  // Lanes that repeat an input channel are beyond what a nest says.
  const scheduled = multiplier > 1 ? null : scheduledChannelwise(layer, {
    kernel,
    window,
    arithmetic: { update: operator.update, terms: operator.terms, dtype: "f32" },
    tile,
    together: isHeldBack ? together : null,
  });
  const walk = scheduled?.walk ??
    prepareWalk(layer, { kernel, window, tile, channels, border: "tiles" });
  // A ring may be too narrow for a vector: then the other lanes are left unused.
  const blockChannels = scheduled?.cut.channels ?? vectors * 4;
  const size = Math.min(blockChannels, isHeldBack ? together : Infinity);
  const blocks = blocksOfChannels(channels, size);
  const context: Context = {
    b,
    size,
    sum: scheduled === null
      ? repeatedSums(b, { layer, window, operator, blocks, size })
      : scheduledSums(b, { layer, scheduled, operator, blocks }),
  };

  if (isHeldBack) walkHeldBack(context, walk, { layer, channels, together });
  else walkAtOnce(context, walk, { output: output.region, channels });
  return {
    kernel: `${operator.name} float32 ${window.kernelHeight}x${window.kernelWidth} ` +
      `${walk.pixels}x${size}`,
    ...scheduled === null ? {} : { nest: scheduled.nest },
    remarks: [
      ...scheduled === null ? handRemarks(walk, size) : [],
      ...isHeldBack ? [`hold ${step.delayPixels} pixels of ${together} channels back`] : [],
    ],
    code: [b.finish(layer.name)],
    isParallel: walk.split !== "none",
  };
}

/** Groups of channels one after the other, whose results wait in a ring until they may be stored. */
function walkHeldBack(
  context: Context,
  walk: WindowWalk,
  { layer, channels, together }: {
    readonly layer: Layer;
    readonly channels: number;
    /** Channels of a group. */
    readonly together: number;
  },
): void {
  const { b, size } = context;
  const { step, outputs: [output] } = layer;
  const { window } = walk;
  const groups = blocksOfChannels(channels, together);
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
    const parts = blocksOfChannels(group.channels, Math.min(size, 4));
    ring.flush(parts.map((part) => ({ offsetBytes: part.first * 4, count: part.channels })));
  });
}

/** All channels of a tile, stored as they are finished. */
function walkAtOnce(
  context: Context,
  walk: WindowWalk,
  { output, channels }: { readonly output: Region; readonly channels: number },
): void {
  const { b } = context;
  const { window } = walk;
  walkWindow(walk, (tile) => {
    const group = { first: 0, channels, vectors: Math.ceil(channels / 4) };
    emitGroup(context, walk, {
      tile,
      group,
      firstBlock: constant(0),
      finish: (results, offsetBytes, count) => {
        const address = b.let("y_at", add(tile.y, offsetBytes));
        results.forEach((value, p) => {
          const at = { region: output, address, offsetBytes: p * window.outputPixelBytes };
          storeBytes(b, at, value, count * 4);
        });
      },
    });
  });
}

function handRemarks(walk: WindowWalk, size: number): readonly string[] {
  return [
    `tile pixels by ${walk.pixels}`,
    `tile channels by ${size}`,
    "vectorize channels by 4",
    "unroll taps",
    ...splitRemarks(walk),
  ];
}

interface Context {
  readonly b: KernelBuilder;
  readonly sum: SumBlock;
  /** Channels in a block. */
  readonly size: number;
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
  const { b, size } = context;
  const blocks = blocksOfChannels(group.channels, size);
  const fullBlocks = Math.floor(group.channels / size);
  walkBlocks({ ...walk, fullBlocks }, blocks, (block, index) => {
    const number = b.let("number", add(firstBlock, index));
    const results = context.sum({ tile, block, number });
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
