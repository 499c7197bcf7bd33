import { checkArguments, checkOptions } from "../check_arguments.ts";
import { elementsOf } from "../nest/define_nest.ts";
import { isFloat, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { uniformInt, xoroshiro128plus } from "../npm/pure_rand.ts";

/**
 * A stream of random integers in `[0, bound)`.
 *
 * @category Measurement
 */
export type RandomStream = (bound: number) => number;

/**
 * The random stream number `index` of a seed; streams of one seed do not overlap, since each begins
 * 2^64 draws after the one before.
 *
 * @category Measurement
 */
export function randomStream(seed: number, index: number): RandomStream {
  const generator = xoroshiro128plus(seed);
  for (let jump = 0; jump < index; jump++) generator.jump();
  return (bound) => uniformInt(generator, 0, bound - 1);
}

/** The items in random order (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: RandomStream): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * Seeded inputs for a nest: floats evenly spread over [-1, 1), integers over their whole range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, randomInputs } from "tinyloom";
 *
 * const nest = matmul({ m: 2, k: 3, n: 4 });
 * assert.deepEqual(randomInputs(nest, { seed: 7 }), randomInputs(nest, { seed: 7 }));
 * ```
 *
 * @category Measurement
 */
export function randomInputs(
  nest: Nest,
  options: { readonly seed?: number } = {},
): Record<string, TensorData> {
  checkOptions("randomInputs", options, "seed");
  checkArguments("randomInputs", { nest });
  const { seed = 1 } = options;
  const inputs: Record<string, TensorData> = {};
  nest.tensors.filter(({ role }) => role === "input").forEach((tensor, index) => {
    const random = randomStream(seed, index);
    const data = zeros(tensor.dtype, elementsOf(tensor));
    for (let at = 0; at < data.length; at++) {
      const bits = random(2 ** 24);
      data[at] = isFloat(tensor.dtype) ? bits / 2 ** 23 - 1 : bits;
    }
    inputs[tensor.name] = data;
  });
  return inputs;
}
