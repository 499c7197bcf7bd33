import { randomStream } from "../measure/random_stream.ts";
import type { Budget } from "./budget.ts";
import { networkJudge } from "./judge_network.ts";
import { sample } from "./sample.ts";
import type { SearchSpace } from "./search_space.ts";

/** Multiply-accumulates of the networks of a space that are within a budget. */
export interface SpaceSamples {
  /** One entry for each network that is, ascending. */
  readonly macs: readonly number[];
  /** How many only an exact plan could admit. */
  readonly planned: number;
}

/** Draws networks of a space, those of stream number `index` of a seed. */
export function sampleSpace(
  space: SearchSpace,
  { budget, samples, seed, index }: {
    readonly budget: Budget;
    readonly samples: number;
    readonly seed: number;
    readonly index: number;
  },
): SpaceSamples {
  const judge = networkJudge(space, { budget, fitness: "macs" });
  const random = randomStream(seed, index);
  const drawn = Array.from({ length: samples }, () => judge(sample(space, random)));
  const satisfying = drawn.filter((network) => network !== null);
  return {
    macs: satisfying.map(({ macs }) => macs).sort((a, b) => a - b),
    planned: satisfying.filter(({ isPlanned }) => isPlanned).length,
  };
}
