import { type SearchSpace, searchSpaces, type SpaceGridOptions } from "../search_space.ts";

/**
 * Spaces for `wakeWordImages`, grey and of two classes, small enough to train in place: the first four
 * stages of `searchSpace`'s, 32 to 80 pixels and widths of 0.2 to 0.5 when nothing else is asked for.
 * Blocks may also do without expansion.
 *
 * @throws {RangeError} as `searchSpace`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { wakeWordSpaces } from "tinyloom";
 *
 * assert.equal(wakeWordSpaces({ resolutions: [32, 48], widths: [0.3] }).length, 2);
 * ```
 *
 * @category Super-networks
 */
export function wakeWordSpaces(options: SpaceGridOptions = {}): readonly SearchSpace[] {
  return searchSpaces({
    resolutions: [32, 40, 48, 56, 64, 72, 80],
    widths: [0.2, 0.3, 0.4, 0.5],
    depths: [1, 2, 3],
    expansions: [1, 3, 4, 6],
    stages: 4,
    ...options,
    inputChannels: 1,
    classes: 2,
  });
}
