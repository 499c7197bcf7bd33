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
