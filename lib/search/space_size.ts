import type { SearchSpace } from "./search_space.ts";

/**
 * Number of different architectures: the product over the stages of the sum over their depths d of
 * (kernels x expansions)^d. Exact up to 2^53, rounded above.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { searchSpace, spaceSize } from "tinyloom";
 *
 * // Five stages of 9 + 81 choices, and a single block.
 * assert.equal(spaceSize(searchSpace({ depths: [1, 2] })), 90 ** 5 * 9);
 * ```
 *
 * @category Search
 */
export function spaceSize({ kernels, expansions, stages }: SearchSpace): number {
  const choices = kernels.length * expansions.length;
  return stages.reduce(
    (product, { depths }) => product * depths.reduce((sum, depth) => sum + choices ** depth, 0),
    1,
  );
}
