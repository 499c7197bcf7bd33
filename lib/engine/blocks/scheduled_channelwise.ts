import type { Nest } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import { ScheduleError } from "../../schedule/loops.ts";
import type { OpenKernel } from "../kernels/walk/open_kernel.ts";
import { insideColumns } from "../kernels/walk/window_taps.ts";
import {
  mostPixels,
  prepareWalk,
  type RegisterTile,
  type Split,
  splitOf,
  walkedWindow,
  type WindowWalk,
} from "../kernels/walk/window_walk.ts";
import type { Layer } from "../layer.ts";
import { type ChannelwiseArithmetic, channelwiseNest } from "./channelwise_nest.ts";
import { channelwiseSteps } from "./channelwise_schedule.ts";
import { type WalkAndBlock, walkAndBlock } from "./walk_and_block.ts";

/** A layer that keeps channels apart with its schedule: as a nest, and cut into walk and block. */
export interface ScheduledChannelwise {
  readonly nest: Nest;
  readonly cut: WalkAndBlock;
  readonly walk: WindowWalk;
}

/** Vectors of a block written out one after the other; with more of them rows of taps become a loop. */
const MOST_UNROLLED = 160;

/** What threads share, by the axis of the loop that they share. */
const SPLITS: Readonly<Record<string, Split>> = { image: "rows", row: "rows", c: "blocks" };

/**
 * Schedules a layer: as its reader wants it, or else by the tile given.
 *
 * @throws {ScheduleError} the reader's schedule is not legal, or not one that the layer can be walked by.
 */
export function scheduledChannelwise(
  layer: Layer,
  { kernel, window: given, arithmetic, tile, together }: {
    readonly kernel: OpenKernel;
    readonly window: SlidingWindow;
    readonly arithmetic: ChannelwiseArithmetic;
    readonly tile: RegisterTile;
    /** Channels that are held back together; null: nothing is held back. */
    readonly together: number | null;
  },
): ScheduledChannelwise {
  const { area } = kernel;
  const window = walkedWindow(given, area);
  const channels = window.inputPixelBytes / 4;
  const most = mostPixels(layer, area);
  const plain = layer.blocks.plainOf([window, arithmetic], channelwiseNest);
  const pixels = Math.min(tile.pixels, most, window.outputWidth);
  const fullBlocks = Math.floor(channels / (tile.vectors * 4));
  const border = "tiles";
  const steps = layer.schedule ?? channelwiseSteps(plain, {
    pixels,
    channels: tile.vectors * 4,
    lanes: 4,
    isUnrolled: writtenOut(window, pixels) * tile.vectors <= MOST_UNROLLED,
    split: splitOf(layer, { window, pixels, fullBlocks, border }),
  });
  const nest = layer.blocks.scheduledOf(plain, steps);
  const cut = walkAndBlock(nest, {
    columns: "col",
    channels: "c",
    mostPixels: most,
    threads: layer.step.form === "plain" ? layer.threads : 1,
  });
  checkBlock(cut, window, together);
  const walk = prepareWalk(layer, {
    kernel,
    window: given,
    tile: { pixels: cut.pixels, vectors: cut.channels / 4 },
    channels,
    border,
    split: cut.parallel === null ? "none" : SPLITS[cut.parallel],
  });
  return { nest, cut, walk };
}

/** Elements of the image that a block of one vector reads. */
function writtenOut({ kernelHeight, kernelWidth, strideW }: SlidingWindow, pixels: number): number {
  return kernelHeight * (kernelWidth + (pixels - 1) * Math.min(strideW, kernelWidth));
}

function checkBlock(
  { loops, channels, parallel }: WalkAndBlock,
  window: SlidingWindow,
  together: number | null,
): void {
  const refuse = (why: string): never => {
    throw new ScheduleError(`Cannot run this schedule in the engine: ${why}`);
  };
  const rows = loops.filter(({ axis }) => axis === "kh");
  if (rows.length > 1) {
    refuse(`rows of taps are two loops, "${rows[0].name}" and "${rows[1].name}"; leave them one`);
  }
  const inside = insideColumns(window);
  const isCut = inside.until - inside.from < window.outputWidth;
  const loop = loops.find(({ axis, unroll }) => (
    (axis === "kw" || axis === "col") && unroll !== "full"
  ));
  if (isCut && loop) {
    refuse(
      `"${loop.name}" is a loop, and taps beyond the image's border are left out pixel by pixel; ` +
        `unroll it fully`,
    );
  }
  if (parallel === "col") refuse(`threads share rows or blocks of channels, not "col"`);
  if (together === null || channels <= 4) return;
  if (together % channels !== 0) {
    refuse(`it computes ${channels} channels together, and the plan holds ${together} back`);
  }
}
