import { planMemory } from "../plan/plan_memory.ts";
import { networkOf } from "./architecture.ts";
import type { Budget } from "./budget.ts";
import { buildNetwork } from "./build_network.ts";
import type { RatedNetwork } from "./candidate.ts";
import { entropyScore } from "./entropy_score.ts";
import { decode, type Genes } from "./genes.ts";
import { networkLatencyMs } from "./latency.ts";
import { memoryBounds } from "./memory_bounds.ts";
import { planOptionsOf } from "./memory_model.ts";
import { networkCost } from "./network_cost.ts";
import { networkLayers } from "./network_layers.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * Fitness functions that need the network's numbers alone.
 *
 * @category Search
 */
export type BuiltInFitness = "macs" | "score";

/** What is known of a network within its budget. */
export interface Judged extends RatedNetwork {
  /** Whether only an exact plan could tell that it fits. */
  readonly isPlanned: boolean;
}

/**
 * Judges networks of one space: null for those that break the budget. Bounds decide where they can,
 * the planner where they cannot.
 */
export function networkJudge(
  space: SearchSpace,
  { budget, fitness }: { readonly budget: Budget; readonly fitness: BuiltInFitness },
): (genes: Genes) => Judged | null {
  const bounds = memoryBounds(budget.memory);
  const { resolution, width } = space;
  return (genes) => {
    const layers = networkLayers(networkOf(space, decode(space, genes)), space);
    const cost = networkCost(layers);
    if (cost.flashBytes > budget.flashBytes || cost.macs > (budget.macs ?? Infinity)) return null;
    const { latency } = budget;
    if (latency !== null && networkLatencyMs(layers, latency.processor) > latency.mostMs) {
      return null;
    }
    const { lowerBytes, upperBytes } = bounds(layers);
    if (lowerBytes > budget.sramBytes) return null;
    const isPlanned = upperBytes > budget.sramBytes && upperBytes > lowerBytes;
    const peakBytes = isPlanned
      ? planMemory(buildNetwork({ space, genes }), planOptionsOf(budget.memory)).peakBytes
      : upperBytes;
    if (peakBytes > budget.sramBytes) return null;
    const rating = fitness === "macs" ? cost.macs : entropyScore(layers);
    return { genes, resolution, width, ...cost, peakBytes, fitness: rating, isPlanned };
  };
}
