import { BlockPrograms } from "../../codegen/block_programs.ts";
import type { Nest } from "../../nest/nest.ts";
import type { BlockShape } from "./block_nest.ts";
import { type ConvBlock, convBlock } from "./record_conv_block.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** The blocks that the layers of an engine have in common, each made once, and their programs. */
export class BlockLibrary {
  readonly programs = new BlockPrograms();
  readonly #known = new Map<string, Map<string, ConvBlock>>();

  /** The blocks of a layer, by their shape. */
  blocksOf(scheduled: Nest, walk: WalkAndBlock): (shape: BlockShape) => ConvBlock {
    const key = keyOf(scheduled, walk);
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
