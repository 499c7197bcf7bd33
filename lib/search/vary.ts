import type { RandomStream } from "../measure/random_stream.ts";
import { decode, encode, type Genes } from "./genes.ts";
import { pick, sampleBlock } from "./sample.ts";
import type { SearchSpace } from "./search_space.ts";

/** Every depth, kernel and expansion drawn anew with a probability of `rate`; new blocks at random. */
export function mutate(
  space: SearchSpace,
  genes: Genes,
  { rate, random }: { readonly rate: number; readonly random: RandomStream },
): Genes {
  const strikes = () => random(STEPS) < rate * STEPS;
  const changed = decode(space, genes).map((blocks, stage) => {
    const depth = strikes() ? pick(space.stages[stage].depths, random) : blocks.length;
    return Array.from({ length: depth }, (_, slot) => {
      const drawn = sampleBlock(space, random);
      if (slot >= blocks.length) return drawn;
      const { kernel, expansion } = blocks[slot];
      return {
        kernel: strikes() ? drawn.kernel : kernel,
        expansion: strikes() ? drawn.expansion : expansion,
      };
    });
  });
  return encode(space, changed);
}

const STEPS = 2 ** 24;

/** Every depth and block from either of two parents, blocks from one that has them. */
export function cross(
  space: SearchSpace,
  [one, other]: readonly [Genes, Genes],
  random: RandomStream,
): Genes {
  const [mine, yours] = [decode(space, one), decode(space, other)];
  const mixed = mine.map((blocks, stage) => {
    const both = [blocks, yours[stage]];
    const depth = both[random(2)].length;
    return Array.from({ length: depth }, (_, slot) => {
      const holders = both.filter(({ length }) => length > slot);
      return pick(holders, random)[slot];
    });
  });
  return encode(space, mixed);
}
