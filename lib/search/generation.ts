import type { RandomStream } from "../measure/random_stream.ts";
import type { RatedNetwork } from "./candidate.ts";
import type { Genes } from "./genes.ts";
import { sample } from "./sample.ts";
import type { SearchSettings } from "./search_options.ts";
import type { SearchSpace } from "./search_space.ts";
import { cross, mutate } from "./vary.ts";

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
