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
  const channels = mostChannels(layer, window);
  const families = channelwiseGroups(layer, {
    channels: inputPixelBytes,
    multiplier,
    widest: channels,
  });
  const split = channelwiseSplit(layer, { window, families });
  const cuts = TILES.map(({ pixels, unrolledTaps }): ChannelwiseCut => ({
    pixels: Math.min(pixelsTogether(layer, pixels), outputWidth),
    channels,
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
  });
  const { pixels, channels, parallel, loops } = found;
  checkBlock(nest, found, mostChannels(layer, window));
  return {
    nest,
    cut: {
      pixels,
      channels,
      isUnrolled: loops[0].unroll === "full",
      split: parallel === null ? "none" : SPLITS[parallel],
    },
  };
}

function plainOf({ blocks }: Layer, window: SlidingWindow): Nest {
  const arithmetic = { update: "add", terms: "products", dtype: "i8" } as const;
  return blocks.plainOf([window, arithmetic], channelwiseNest);
}

/** Channels that a block may have: eight, or four where there are no eight to compute together. */
function mostChannels({ step }: Layer, { outputPixelBytes }: SlidingWindow): 4 | 8 {
  return Math.min(outputPixelBytes, step.channelsAtOnce ?? Infinity) >= 8 ? 8 : 4;
}

function checkBlock(
  { packs: [{ dtype }] }: Nest,
  { pixels, channels, parallel, loops }: WalkAndBlock,
  most: 4 | 8,
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
  if (channels !== 4 && channels !== most) {
    refuse(`blocks of ${most === 8 ? "4 or 8" : "4"} channels here`, `${channels}`);
  }
  if (dtype !== "i8") refuse("weights packed as i8", dtype);
  if (parallel === "col") refuse("threads that share rows or blocks of channels", `"col"`);
}
