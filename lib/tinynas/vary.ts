import type { RandomStream } from "../measure/random.ts";
import { type BlockChoice, decode, encode, type Genes } from "./architecture.ts";
import type { RatedNetwork } from "./candidate.ts";
import type { SearchSettings } from "./search_options.ts";
import type { SearchSpace } from "./search_space.ts";

/** Makes the genes of the next child. */
export type Breeder = (random: RandomStream) => Genes;

/**
 * Random genes without parents; else the mutation of one or a cross of two, each parent as likely.
 */
export function breeder(
  space: SearchSpace,
  parents: readonly RatedNetwork[],
  { mutationShare, mutationRate: rate, population }: SearchSettings,
): Breeder {
  if (parents.length === 0) return (random) => sample(space, random);
  const mutations = Math.round(mutationShare * population);
  return (random) => {
    const parent = () => parents[random(parents.length)].genes;
    return random(population) < mutations
      ? mutate(space, parent(), { rate, random })
      : cross(space, [parent(), parent()], random);
  };
}

/** The fittest first; of equals the one that needs less memory, then fewer bytes of Flash. */
export function fittest(networks: readonly RatedNetwork[]): readonly RatedNetwork[] {
  return networks.toSorted((a, b) =>
    b.fitness - a.fitness || a.peakBytes - b.peakBytes || a.flashBytes - b.flashBytes
  );
}

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

/**
 * Genes of a random network: every depth, kernel and expansion is equally likely.
 *
 * @param random Integers in `[0, bound)`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decode, randomStream, sample, searchSpace } from "tinyloom";
 *
 * const space = searchSpace();
 * const genes = sample(space, randomStream(1, 0));
 * assert.equal(decode(space, genes).length, 6);
 * assert.deepEqual(genes, sample(space, randomStream(1, 0)));
 * ```
 *
 * @category Search
 */
export function sample(space: SearchSpace, random: RandomStream): Genes {
  return encode(
    space,
    space.stages.map(({ depths }) =>
      Array.from({ length: pick(depths, random) }, () => sampleBlock(space, random))
    ),
  );
}

/** A random block. */
function sampleBlock(
  { kernels, expansions }: SearchSpace,
  random: RandomStream,
): BlockChoice {
  return { kernel: pick(kernels, random), expansion: pick(expansions, random) };
}

/** One of the values, all equally likely. */
function pick<T>(values: readonly T[], random: RandomStream): T {
  return values[random(values.length)];
}
