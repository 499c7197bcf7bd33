import { BlockPrograms } from "../../codegen/record_block.ts";
import type { Nest, Step } from "../../nest/nest.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import { applySteps } from "../../schedule/apply_steps.ts";
import type { BlockShape } from "./block_nest.ts";
import { channelwiseBlock, type ChannelwiseShape } from "./channelwise_nest.ts";
import { type ConvBlock, convBlock } from "./record_conv_block.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** The blocks that layers have in common, each made once, and their programs. */
export class BlockLibrary {
  readonly #plain = new Map<string, Nest>();
  readonly #texts = new WeakMap<object, string>();
  readonly #scheduled = new WeakMap<Nest, Map<string, Nest>>();
  readonly programs = new BlockPrograms();
  /** See {@link keyOf}. */
  readonly #keys = new WeakMap<Nest, string>();
  readonly #known = new Map<string, Map<string, ConvBlock>>();
  readonly #channelwise = new Map<string, Map<string, Nest>>();

  /** Plain nests in it. */
  get size(): number {
    return this.#plain.size;
  }

  /** A plain nest, by all that it is made from. */
  plainOf<From extends readonly object[]>(from: From, make: (...from: From) => Nest): Nest {
    let key = make.name;
    for (const each of from) key += this.#textOf(each);
    const nest = this.#plain.get(key) ?? make(...from);
    this.#plain.set(key, nest);
    return nest;
  }

  /**
   * A plain nest of this library, scheduled.
   *
   * @throws {ScheduleError} a step is not legal.
   */
  scheduledOf(plain: Nest, steps: readonly Step[]): Nest {
    const known = this.#scheduled.get(plain) ?? new Map<string, Nest>();
    this.#scheduled.set(plain, known);
    const key = JSON.stringify(steps);
    const nest = known.get(key) ?? applySteps(plain, steps);
    known.set(key, nest);
    return nest;
  }

  /** The blocks of a layer, by their shape. */
  blocksOf(scheduled: Nest, walk: WalkAndBlock): (shape: BlockShape) => ConvBlock {
    const key = this.#keyOf(scheduled, walk);
    const known = this.#known.get(key) ?? new Map<string, ConvBlock>();
    this.#known.set(key, known);
    return (shape) => {
      const { pixels, channels, lineElements, taps } = shape;
      const shapeKey = `${pixels} ${channels} ${lineElements} ${taps?.all} ${taps?.channels}`;
      const block = known.get(shapeKey) ?? convBlock(scheduled, walk, shape);
      known.set(shapeKey, block);
      return block;
    };
  }

  /** The blocks of a layer that keeps channels apart, by their shape. */
  channelwiseOf(
    scheduled: Nest,
    walk: WalkAndBlock,
    window: SlidingWindow,
  ): (shape: ChannelwiseShape) => Nest {
    const { kernelHeight, kernelWidth, strideW, dilationW, inputPixelBytes } = window;
    const sizes = [kernelHeight, kernelWidth, strideW, dilationW, inputPixelBytes];
    const key = `${sizes} ${this.#keyOf(scheduled, walk)}`;
    const known = this.#channelwise.get(key) ?? new Map<string, Nest>();
    this.#channelwise.set(key, known);
    return (shape) => {
      const { pixels, channels, lineElements, isCut } = shape;
      const shapeKey = `${pixels} ${channels} ${lineElements} ${isCut}`;
      const block = known.get(shapeKey) ?? channelwiseBlock(scheduled, walk, { window, ...shape });
      known.set(shapeKey, block);
      return block;
    };
  }

  /** Plain data as text; layers ask several times with the same. */
  #textOf(data: object): string {
    const text = this.#texts.get(data) ?? JSON.stringify(data);
    this.#texts.set(data, text);
    return text;
  }

  /** The walk is the nest's own: the same for all layers with this schedule. */
  #keyOf(scheduled: Nest, walk: WalkAndBlock): string {
    const key = this.#keys.get(scheduled) ?? keyOf(scheduled, walk);
    this.#keys.set(scheduled, key);
    return key;
  }
}

/** Plain nests after which a library starts anew: more than most models have, and a few megabytes. */
const MOST_NESTS = 64;

let shared = new BlockLibrary();

/**
 * The library of all engines. What it keeps depends on nothing but what it is asked for, so that
 * engines of one model, or of models with layers of the same shapes, lower them once.
 */
export function sharedBlocks(): BlockLibrary {
  if (shared.size > MOST_NESTS) shared = new BlockLibrary();
  return shared;
}

/** All that a block of a layer depends on beside its shape: what lies inside the walk. */
function keyOf(
  { axes, tensors, body, packs, accumulateAt }: Nest,
  { loops }: WalkAndBlock,
): string {
  const inside = new Set(loops.map(({ axis }) => axis));
  return JSON.stringify([
    loops,
    axes.filter(({ name, role }) => role === "reduction" && inside.has(name)),
    tensors.map(({ name, dtype }) => [name, dtype]),
    body,
    packs,
    accumulateAt,
  ]);
}
