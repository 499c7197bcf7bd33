import type { Nest } from "../../nest/nest.ts";
import { applySteps } from "../../schedule/apply_steps.ts";
import { ScheduleError } from "../../schedule/schedule_error.ts";
import type { Layer } from "../layer.ts";
import type { ConvShape } from "../kernels/conv_shape.ts";
import type { OpenKernel } from "../kernels/open_kernel.ts";
import {
  type Border,
  mostPixels,
  prepareWalk,
  type RegisterTile,
  type Split,
  splitOf,
  walkedWindow,
  type WindowWalk,
} from "../kernels/window_walk.ts";
import { type ConvArithmetic, convNest } from "./conv_nest.ts";
import { type ConvCut, convSteps } from "./conv_schedule.ts";
import { type WalkAndBlock, walkAndBlock } from "./walk_and_block.ts";

/** A convolution with its schedule: as a nest, and cut into walk and block. */
export interface ScheduledConv {
  readonly nest: Nest;
  readonly cut: WalkAndBlock;
  readonly walk: WindowWalk;
}

/** What threads share, by the axis of the loop that they share. */
const SPLITS: Readonly<Record<string, Split>> = {
  image: "rows",
  row: "rows",
  col: "tiles",
  o: "blocks",
};

/**
 * Schedules a layer: as its reader wants it, or else by the tile given.
 *
 * @throws {ScheduleError} the reader's schedule is not legal, or not one that a layer can be walked by.
 */
export function scheduledConv(
  layer: Layer,
  { kernel, shape, arithmetic, border, tile, format }: {
    readonly kernel: OpenKernel;
    readonly shape: ConvShape;
    readonly arithmetic: ConvArithmetic;
    readonly border: Border;
    readonly tile: RegisterTile;
    readonly format: Pick<ConvCut, "group" | "weights">;
  },
): ScheduledConv {
  const { area } = kernel;
  const { filters } = shape;
  const window = walkedWindow(shape.window, area);
  const most = mostPixels(layer, area);
  const plain = convNest({ ...shape, window }, arithmetic);
  const pixels = Math.min(tile.pixels, most, window.outputWidth);
  const { vectors } = tile;
  const fullBlocks = Math.floor(filters / (vectors * 4));
  const steps = layer.schedule ?? convSteps(plain, {
    pixels,
    vectors,
    ...format,
    parallel: splitOf(layer, { window, pixels, fullBlocks, border }),
  });
  const nest = applySteps(plain, steps);
  const cut = walkAndBlock(nest, {
    columns: "col",
    channels: "o",
    mostPixels: most,
    threads: layer.step.form === "plain" ? layer.threads : 1,
  });
  const lines = cut.loops.find(({ axis }) => axis === "kh");
  if (lines && lines.unroll !== 1 && layer.inputs[0]!.ring !== null) {
    throw new ScheduleError(
      `Cannot run this schedule in the engine: "${lines.name}" is unrolled, but rows of the input ` +
        `lie in a line buffer, where the next one may be at its beginning; leave "${lines.name}" a loop`,
    );
  }
  const walk = prepareWalk(layer, {
    kernel,
    window: shape.window,
    tile: { pixels: cut.pixels, vectors: cut.channels / 4 },
    channels: filters,
    border,
    split: cut.parallel === null ? "none" : SPLITS[cut.parallel],
  });
  return { nest, cut, walk };
}
