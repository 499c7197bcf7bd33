import type { Genes } from "./architecture.ts";
import type { Budget, Candidate, Cost, Judged, RatedNetwork } from "./candidate.ts";
import type { SearchSettings } from "./search_options.ts";
import type { SearchSpace } from "./search_space.ts";
import type { SearchWorkers } from "./threads.ts";

export async function rated(
  fitness: SearchSettings["fitness"],
  { figures, candidates, signal }: {
    readonly figures: readonly RatedNetwork[];
    readonly candidates: readonly Candidate[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly number[]> {
  if (typeof fitness === "string") return figures.map((network) => network.fitness);
  const ratings = typeof fitness === "function"
    ? await Promise.all(candidates.map(fitness))
    : await fitness.rate(candidates, { signal });
  if (ratings.length === candidates.length) return ratings.map(checked);
  throw new TypeError(`${ratings.length} fitnesses, needed ${candidates.length}`);
}

/** Those not seen before, which they are from now on. */
export function distinct(genes: readonly Genes[], seen: Set<string>): readonly Genes[] {
  return genes.filter((each) => {
    const key = String(each);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

// Enough to share out, few enough for a signal to be heard.
const GENES_A_TASK = 25;

export async function judge(
  genes: readonly Genes[],
  { space, budget, settings, workers, signal }: {
    readonly space: SearchSpace;
    readonly budget: Budget;
    readonly settings: SearchSettings;
    readonly workers: SearchWorkers;
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly (Judged | null)[]> {
  const fitness = typeof settings.fitness === "string" ? settings.fitness : "macs";
  const tasks = Array.from({ length: Math.ceil(genes.length / GENES_A_TASK) }, (_, i) => ({
    kind: "judge",
    space,
    genes: genes.slice(GENES_A_TASK * i, GENES_A_TASK * (i + 1)),
    budget,
    fitness,
  } as const));
  return (await workers.run<"judge">(tasks, signal && { signal })).flat();
}

export function searchCostsOf({ fitness }: SearchSettings): readonly Cost[] {
  return ["peakBytes", fitness === "macs" ? "flashBytes" : "macs"];
}

function checked(fitness: number): number {
  if (Number.isFinite(fitness)) return fitness;
  throw new TypeError(`a fitness is ${fitness}, needed a finite number`);
}
