import type { Nest, Step } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import { ScheduleError } from "../../schedule/loops.ts";
import type { ConvLayerShape } from "../kernels/convolution/conv_shape.ts";
import type { OpenKernel } from "../kernels/walk/open_kernel.ts";
import {
  type Border,
  mostPixels,
  prepareWalk,
  type RegisterTile,
  type Split,
  splitOf,
  walkedWindow,
  type WindowWalk,
} from "../kernels/walk/window_walk.ts";
import type { Layer } from "../layer.ts";
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

/** What a convolution computes, and how its border is walked. */
export interface ConvLayer {
  readonly shape: ConvLayerShape;
  readonly arithmetic: ConvArithmetic;
  readonly border: Border;
}

/** The engine's own schedule of a layer that is cut up by a tile. */
export function ownSteps(
  layer: Layer,
  { shape, arithmetic, border, tile, format }: ConvLayer & {
    /** Of vectors of `lanes` channels, four if left out. */
    readonly tile: RegisterTile & { readonly lanes?: number };
    readonly format: Pick<ConvCut, "group" | "weights">;
  },
): readonly Step[] {
  const window = walkedWindow(shape.window, layer.call);
  const pixels = Math.min(tile.pixels, mostPixels(layer, layer.call), window.outputWidth);
  const { vectors, lanes = 4 } = tile;
  const fullBlocks = Math.floor(shape.filters / (vectors * lanes));
  const { group, weights } = format;
  return convSteps(plainOf(layer, { shape, arithmetic }, window), {
    pixels,
    vectors,
    lanes,
    group,
    weights,
    parallel: splitOf(layer, { window, pixels, fullBlocks, border }),
  });
}

/**
 * Cuts a scheduled layer into its walk and its block.
 *
 * @throws {ScheduleError} the schedule is not legal, or not one that a layer can be walked by.
 */
export function scheduledConv(
  layer: Layer,
  { kernel, shape, arithmetic, border, steps, vectorBytes = 16 }: ConvLayer & {
    readonly kernel: OpenKernel;
    readonly steps: readonly Step[];
    /** Bytes of the widest vectors that the layer's kernel finishes; 16 if left out. */
    readonly vectorBytes?: number;
  },
): ScheduledConv {
  const { area } = kernel;
  const plain = plainOf(layer, { shape, arithmetic }, walkedWindow(shape.window, area));
  const nest = layer.blocks.scheduledOf(plain, steps);
  const cut = walkAndBlock(nest, {
    columns: "col",
    channels: "o",
    mostPixels: mostPixels(layer, area),
    threads: layer.step.form === "plain" ? layer.threads : 1,
    vectorBytes,
  });
  if (layer.inputs[0]!.ring !== null) checkRing(cut);
  const walk = prepareWalk(layer, {
    kernel,
    window: shape.window,
    tile: { pixels: cut.pixels, vectors: cut.channels / 4 },
    channels: shape.filters,
    border,
    split: cut.parallel === null ? "none" : SPLITS[cut.parallel],
  });
  return { nest, cut, walk };
}

function plainOf(
  { blocks }: Layer,
  { shape, arithmetic }: Pick<ConvLayer, "shape" | "arithmetic">,
  window: SlidingWindow,
): Nest {
  return blocks.plainOf([walkedShape(shape, window), arithmetic], convNest);
}

// A layer is asked for its nest several times, and what is known of data is known by its identity.
const walkedShapes = new WeakMap<ConvLayerShape, ConvLayerShape>();

function walkedShape(shape: ConvLayerShape, window: SlidingWindow): ConvLayerShape {
  if (window === shape.window) return shape;
  const walked = walkedShapes.get(shape) ?? { ...shape, window };
  walkedShapes.set(shape, walked);
  return walked;
}

/** Rows of a line buffer are reached by the one loop that goes around its end. */
function checkRing({ loops }: WalkAndBlock): void {
  const refuse = (found: string, what: string): never => {
    throw new ScheduleError(
      `Cannot run this schedule in the engine: ${found}, but rows of the input lie in a line ` +
        `buffer, where the next one may be at its beginning; leave ${what} one loop`,
    );
  };
  const [outer, inner] = loops.filter(({ axis }) => axis === "kh");
  if (inner !== undefined) {
    refuse(`"${outer.name}" and "${inner.name}" both go over rows of taps`, `"${outer.axis}"`);
  }
  if (outer !== undefined && outer.unroll !== 1) {
    refuse(`"${outer.name}" is unrolled`, `"${outer.name}"`);
  }
}
