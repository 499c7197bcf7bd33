import type { Nest, Step } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import { ScheduleError } from "../../schedule/loops.ts";
import {
  channelwiseGroups,
  channelwiseSplit,
  pixelsTogether,
} from "../kernels/channelwise/channelwise.ts";
import type { Layer } from "../layer.ts";
import { channelwiseNest } from "./channelwise_nest.ts";
import { type ChannelwiseCut, channelwiseSteps } from "./channelwise_schedule.ts";
import { type WalkAndBlock, walkAndBlock } from "./walk_and_block.ts";

/** Pixels computed together, and of how many taps a kernel may be to have its rows written out. */
interface DepthwiseTile {
  readonly pixels: number;
  readonly unrolledTaps: number;
}

/** Measured: six pixels share the most; kernels of up to 5 x 5 taps gain by being written out. */
const TILES: readonly DepthwiseTile[] = [
  { pixels: 6, unrolledTaps: 25 },
  { pixels: 4, unrolledTaps: 25 },
  { pixels: 2, unrolledTaps: 25 },
  { pixels: 6, unrolledTaps: 9 },
  { pixels: 4, unrolledTaps: 9 },
  { pixels: 4, unrolledTaps: 0 },
];

/** What threads share, by the axis of the loop that they share. */
const SPLITS: Readonly<Record<string, ChannelwiseCut["split"]>> = {
  image: "rows",
  row: "rows",
  c: "blocks",
};

/** A depthwise convolution of int8 as a nest with its schedule, and what its block reads from that. */
export interface ScheduledDepthwise {
  readonly nest: Nest;
  readonly cut: ChannelwiseCut;
}

/** The ways in which a layer can be cut up, the one that should take the least time first. */
export function depthwiseCuts(
  layer: Layer,
  { window, multiplier }: { readonly window: SlidingWindow; readonly multiplier: number },
): readonly ChannelwiseCut[] {
  const { kernelHeight, kernelWidth, inputPixelBytes, outputWidth } = window;
  const channels = mostChannels(layer, { window, multiplier });
  const families = channelwiseGroups(layer, {
    channels: inputPixelBytes,
    multiplier,
    widest: channels,
  });
  const split = channelwiseSplit(layer, { window, families });
  const cuts = TILES.map(({ pixels, unrolledTaps }): ChannelwiseCut => ({
    pixels: Math.min(pixelsTogether(layer, pixels), outputWidth, mostTogether(layer, channels)),
    channels,
    lanes: lanesOf(channels),
    isUnrolled: kernelHeight > 1 && kernelHeight * kernelWidth <= unrolledTaps && multiplier === 1,
    split,
  }));
  return [...new Map(cuts.map((cut) => [JSON.stringify(cut), cut])).values()];
}

/** The same as steps on the layer's plain nest. */
export function depthwiseSchedules(
  layer: Layer,
  window: SlidingWindow,
): readonly (readonly Step[])[] {
  const plain = plainOf(layer, window);
  return depthwiseCuts(layer, { window, multiplier: 1 }).map((cut) => channelwiseSteps(plain, cut));
}

/**
 * Schedules a layer: as its reader wants it, or else in the way that should take the least time.
 *
 * Its block is none that comes from a nest (taps are gathered into groups that one instruction
 * multiplies and adds), but one that is written by what a schedule says of it.
 *
 * @throws {ScheduleError} the reader's schedule is not legal, or asks for another block.
 */
export function scheduledDepthwise(layer: Layer, window: SlidingWindow): ScheduledDepthwise {
  const plain = plainOf(layer, window);
  const steps = layer.schedule ??
    channelwiseSteps(plain, depthwiseCuts(layer, { window, multiplier: 1 })[0]);
  const nest = layer.blocks.scheduledOf(plain, steps);
  const found = walkAndBlock(nest, {
    columns: "col",
    channels: "c",
    mostPixels: pixelsTogether(layer, Infinity),
    threads: layer.step.form === "plain" ? layer.threads : 1,
    vectorBytes: layer.vectorBytes,
  });
  const { pixels, channels, lanes, parallel, loops } = found;
  checkBlock(nest, found, mostChannels(layer, { window, multiplier: 1 }));
  return {
    nest,
    cut: {
      pixels,
      channels,
      lanes,
      isUnrolled: loops[0].unroll === "full",
      split: parallel === null ? "none" : SPLITS[parallel],
    },
  };
}

function plainOf({ blocks }: Layer, window: SlidingWindow): Nest {
  const arithmetic = { update: "add", terms: "products", dtype: "i8" } as const;
  return blocks.plainOf([window, arithmetic], channelwiseNest);
}

/**
 * Channels that a block may have: eight, or four where there are no eight to compute together. Native code
 * takes 16 in each part of its vectors.
 */
function mostChannels(
  layer: Layer,
  { window, multiplier }: { readonly window: SlidingWindow; readonly multiplier: number },
): number {
  const { step, target, vectorBytes, hasRelaxedDot } = layer;
  const { outputPixelBytes } = window;
  const most = Math.min(outputPixelBytes, step.channelsAtOnce ?? Infinity);
  const isExact = step.form === "in-place";
  const wide = ([16, 32, 64] as const).filter((width) => (
    width <= most && width <= vectorBytes && (!isExact || outputPixelBytes % width === 0)
  ));
  if (target !== "native" || !hasRelaxedDot || multiplier > 1 || wide.length === 0) {
    return most >= 8 ? 8 : 4;
  }
  const cost = (width: typeof wide[number]) =>
    Math.ceil(outputPixelBytes / width) * WIDTH_COSTS[width];
  return wide.reduce((best, width) => cost(width) < cost(best) ? width : best);
}

/** What a block of so many channels takes, against others. */
const WIDTH_COSTS = { 16: 0.8, 32: 1, 64: 1.5 } as const;

/** Channels of a vector in a block of so many. */
function lanesOf(channels: number): number {
  return Math.max(4, channels / 4);
}

/** Pixels whose sums of so many channels fit into registers beside what they are made from. */
function mostTogether({ vectorBytes }: Layer, channels: number): number {
  return channels < 16 ? Infinity : vectorBytes === 64 ? 6 : 2;
}

function checkBlock(
  { packs: [{ dtype }] }: Nest,
  { pixels, channels, lanes, parallel, loops }: WalkAndBlock,
  most: number,
): void {
  const refuse = (what: string, found: string): never => {
    throw new ScheduleError(
      `Cannot run this schedule in the engine: the block of int8 depthwise convolutions takes ` +
        `${what}, found ${found}`,
    );
  };
  const order = ["kh", "kw", "c", ...pixels > 1 ? ["col"] : []];
  const axes = loops.map(({ axis }) => axis);
  if (axes.join() !== order.join()) {
    refuse(`one loop each over ${order.join(", ")}, in this order`, axes.join(", "));
  }
  const [rows, columns] = loops;
  if (rows.unroll !== 1 && rows.unroll !== "full") {
    refuse(`"${rows.name}" as a loop or unrolled fully`, `unrolled by ${rows.unroll}`);
  }
  if (columns.unroll !== "full") {
    const found = columns.unroll === 1 ? "a loop" : `unrolled by ${columns.unroll}`;
    refuse(`"${columns.name}" unrolled fully, since it gathers taps across it`, found);
  }
  const allowed = [4, 8, 16, 32, 64].filter((count) => (
    count === 4 || count === most || count === 8 && most > 8
  ));
  if (!allowed.includes(channels)) {
    refuse(`blocks of ${allowed.join(" or ")} channels here`, `${channels}`);
  }
  if (lanes !== lanesOf(channels)) {
    refuse(`vectors of ${lanesOf(channels)} channels in a block of ${channels}`, `${lanes}`);
  }
  if (dtype !== "i8") refuse("weights packed as i8", dtype);
  if (parallel === "col") refuse("threads that share rows or blocks of channels", `"col"`);
}
