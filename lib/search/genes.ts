import type { Architecture, BlockChoice } from "./architecture.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * An architecture as a list of fixed length: for every stage its depth, then kernel and expansion of
 * as many blocks as it can have, 0 for those that it has not.
 *
 * @category Search
 */
export type Genes = readonly number[];

/**
 * The genes of an architecture.
 *
 * @throws {RangeError} for one that is not in the space.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decode, encode, searchSpace } from "tinyloom";
 *
 * const space = searchSpace({ depths: [1, 2] });
 * const block = { kernel: 7, expansion: 4 };
 * const architecture = space.stages.map(() => [block]);
 * const genes = encode(space, architecture);
 * assert.deepEqual(genes.slice(0, 5), [1, 7, 4, 0, 0]);
 * assert.deepEqual(decode(space, genes), architecture);
 * ```
 *
 * @category Search
 */
export function encode(space: SearchSpace, architecture: Architecture): Genes {
  const { stages } = space;
  expectOneOf("number of stages", architecture.length, [stages.length]);
  const genes = stages.flatMap(({ depths }, stage) => {
    const slots = depths[depths.length - 1];
    const blocks = architecture[stage];
    expectOneOf(`depth of stage ${stage}`, blocks.length, depths);
    const absent: BlockChoice = { kernel: 0, expansion: 0 };
    const filled = Array.from({ length: slots }, (_, slot) => blocks[slot] ?? absent);
    return [blocks.length, ...filled.flatMap(({ kernel, expansion }) => [kernel, expansion])];
  });
  decode(space, genes);
  return genes;
}

/**
 * The architecture of genes.
 *
 * @throws {RangeError} for genes of another length, or a value that the space does not offer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decode, searchSpace } from "tinyloom";
 *
 * assert.throws(() => decode(searchSpace(), [2, 3]), /2 genes, needed 48/);
 * ```
 *
 * @category Search
 */
export function decode(space: SearchSpace, genes: Genes): Architecture {
  const length = geneCount(space);
  if (genes.length !== length) throw new RangeError(`${genes.length} genes, needed ${length}`);
  let at = 0;
  return space.stages.map(({ depths }, stage) => {
    const depth = genes[at++];
    expectOneOf(`depth of stage ${stage}`, depth, depths);
    const blocks: BlockChoice[] = [];
    for (let slot = 0; slot < depths[depths.length - 1]; slot++) {
      const [kernel, expansion] = [genes[at++], genes[at++]];
      const isThere = slot < depth;
      const where = `of block ${slot} in stage ${stage}`;
      expectOneOf(`kernel ${where}`, kernel, isThere ? space.kernels : [0]);
      expectOneOf(`expansion ${where}`, expansion, isThere ? space.expansions : [0]);
      if (isThere) blocks.push({ kernel, expansion });
    }
    return blocks;
  });
}

function geneCount({ stages }: SearchSpace): number {
  return stages.reduce((sum, { depths }) => sum + 1 + 2 * depths[depths.length - 1], 0);
}

function expectOneOf(what: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw new RangeError(`${what} is ${value}, needed one of ${known.join(", ")}`);
}
