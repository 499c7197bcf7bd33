import type { RandomStream } from "../measure/random_stream.ts";
import type { BlockChoice } from "./architecture.ts";
import { encode, type Genes } from "./genes.ts";
import type { SearchSpace } from "./search_space.ts";

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
export function sampleBlock(
  { kernels, expansions }: SearchSpace,
  random: RandomStream,
): BlockChoice {
  return { kernel: pick(kernels, random), expansion: pick(expansions, random) };
}

/** One of the values, all equally likely. */
export function pick<T>(values: readonly T[], random: RandomStream): T {
  return values[random(values.length)];
}
