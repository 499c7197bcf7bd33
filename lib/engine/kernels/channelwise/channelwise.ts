import { start } from "../../../kernel/kernel_builder.ts";
import { add } from "../../../kernel/values.ts";
import { outputPixels, type SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import { rangeOf, share } from "../walk/index_range.ts";
import type { OpenKernel } from "../walk/open_kernel.ts";
import { type RowTile, walkRowTiles } from "../walk/row_tiles.ts";
import type { Split } from "../walk/window_walk.ts";
import { type ChannelGroup, forEachGroup, type GroupFamily, groupsOf } from "./channel_blocks.ts";
import { type FinishedPixel, holdBack, storeAtOnce } from "./pixel_store.ts";

/** Groups of channels for a layer that keeps channels apart: exact ones if it overwrites its input. */
export function channelwiseGroups(
  { step }: Layer,
  { channels, multiplier = 1, widest }: {
    readonly channels: number;
    /** Output channels of an input channel. */
    readonly multiplier?: number;
    /** Channels of a group, at most. */
    readonly widest: number;
  },
): readonly GroupFamily[] {
  return groupsOf(channels, {
    widest: Math.min(widest, step.channelsAtOnce ?? widest),
    multiplier,
    isExact: step.form === "in-place",
  });
}

/** What threads should share of a layer in such groups. */
export function channelwiseSplit(
  { step, threads }: Layer,
  { window, families: [{ inner, outer }] }: {
    readonly window: SlidingWindow;
    readonly families: readonly GroupFamily[];
  },
): Split {
  if (threads === 1 || step.form !== "plain") return "none";
  if (window.batches * window.outputHeight >= threads) return "rows";
  return outer === 1 && inner >= threads ? "blocks" : "none";
}

/** Pixels that a layer may compute together. */
export function pixelsTogether({ step, call }: Layer, most: number): number {
  return Math.min(most, step.pixelsAtOnce ?? most, call?.mostColumns ?? most);
}

/**
 * A layer that keeps channels apart, in the order that its plan asks for: pixel by pixel, or channel
 * by channel with a ring of finished pixels; shared out among threads where it overwrites nothing.
 * `emit` computes the channels of a group, for the pixels of a tile from the pointers `x` and `y` on.
 */
export function emitChannelwise(
  { b, thread, area }: OpenKernel,
  layer: Layer,
  { window, families, pixels, split, splitsWholeRows, emit }: {
    readonly window: SlidingWindow;
    readonly families: readonly GroupFamily[];
    readonly pixels: number;
    readonly split: Split;
    readonly splitsWholeRows: boolean;
    readonly emit: (tile: RowTile, group: ChannelGroup) => readonly FinishedPixel[];
  },
): void {
  const { step, threads, outputs: [{ region: output }] } = layer;
  const isReverse = area === null && step.direction === "reverse";
  const lineCount = window.batches * window.outputHeight;
  const walk = {
    layer,
    window,
    area,
    pixels,
    isReverse,
    lines: split === "rows" ? share(thread, lineCount, threads) : rangeOf(0, lineCount),
    splitsWholeRows,
  };
  const emitGroup = (tile: RowTile, group: ChannelGroup) => {
    const x = b.let("x_group", add(tile.x, group.input));
    const y = b.let("y_group", add(tile.y, group.output));
    return emit({ ...tile, x, y }, group);
  };
  if (step.form === "in-place" && step.delayPixels > 0) {
    forEachGroup(b, families, { isReverse: false }, (group) => {
      const { store, drain } = holdBack(b, {
        output,
        ring: layer.ring!,
        width: group.family.width,
        delay: step.delayPixels,
        pixels: outputPixels(window),
        pixelBytes: window.outputPixelBytes,
        isReverse,
      });
      walkRowTiles(b, walk, (tile) => store(emitGroup(tile, group)));
      drain(b.let("y", add(start(output), group.output)));
    });
  } else {
    const range = split === "blocks" ? share(thread, families[0].inner, threads) : undefined;
    walkRowTiles(b, walk, (tile) => {
      forEachGroup(b, families, { isReverse, range }, (group) => {
        storeAtOnce(b, output, group.family.width)(emitGroup(tile, group));
      });
    });
  }
}

/** What is to be said of a layer in such groups that has no schedule to say it. */
export function channelwiseRemarks(
  layer: Layer,
  { families, pixels, split }: {
    readonly families: readonly GroupFamily[];
    readonly pixels: number;
    readonly split: Split;
  },
): readonly string[] {
  return [
    `tile pixels by ${pixels}`,
    `vectorize channels by ${families[0].width}`,
    ...heldBackRemarks(layer, families),
    ...split === "none" ? [] : [`parallel ${split} over ${layer.threads} threads`],
  ];
}

/** What a plan that holds pixels back makes of a schedule. */
export function heldBackRemarks(
  { step: { form, delayPixels } }: Layer,
  [{ width }]: readonly GroupFamily[],
): readonly string[] {
  if (form !== "in-place" || delayPixels === 0) return [];
  return [`hold ${delayPixels} pixels of ${width} channels back`];
}
