import type { Model } from "../model/model.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { buildNetwork, decode, type Genes, networkOf } from "./architecture.ts";
import { memoryBounds, type MemoryModelName, planOptionsOf } from "./memory_bounds.ts";
import {
  networkCost,
  networkLatencyMs,
  type NetworkLayer,
  networkLayers,
  networkOutputBytes,
  type Processor,
} from "./network_cost.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * A network by what it is made of and what it costs.
 *
 * @category Search
 */
export interface NetworkFigures {
  /** Its genes in the space. */
  readonly genes: Genes;
  /** Rows of its images. */
  readonly resolution: number;
  /** Factor of its channels. */
  readonly width: number;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** Weights and biases. */
  readonly params: number;
  /** Arena: at most while searching, exact in what a search returns. */
  readonly peakBytes: number;
  /** Constants and code. */
  readonly flashBytes: number;
}

/**
 * A network that a fitness function looks at.
 *
 * @category Search
 */
export interface Candidate extends NetworkFigures {
  /** The int8 model with random weights, built when it is first asked for. */
  readonly model: Model;
}

/**
 * How good a network is: more is better.
 *
 * @category Search
 */
export type Fitness = (network: Candidate) => number | Promise<number>;

/**
 * How good networks are, asked for several at once so that threads can share them.
 *
 * @category Search
 */
export interface FitnessOfMany {
  /** Says which fitness it is, to tell a search from another. */
  readonly name: string;
  /** A finite number for each network, in their order; more is better. */
  readonly rate: (
    networks: readonly Candidate[],
    options: { readonly signal?: AbortSignal },
  ) => Promise<readonly number[]>;
}

/**
 * A network with its fitness.
 *
 * @category Search
 */
export interface RatedNetwork extends NetworkFigures {
  /** More is better. */
  readonly fitness: number;
}

/** Figures with the model behind them. */
export function candidateOf(space: SearchSpace, figures: NetworkFigures): Candidate {
  let model: Model | null = null;
  return {
    ...figures,
    get model() {
      return model ??= buildNetwork({ space, genes: figures.genes });
    },
  };
}

/** What a network may cost; plain data. */
export interface Budget {
  /** Arena at most. */
  readonly sramBytes: number;
  /** Constants and code at most. */
  readonly flashBytes: number;
  /** How the arena is planned. */
  readonly memory: MemoryModelName;
  /** Multiply-accumulates at most; null for no limit. */
  readonly macs: number | null;
  /** Time at most on a processor, as far as it can be estimated; null for no limit. */
  readonly latency: { readonly mostMs: number; readonly processor: Processor } | null;
}

/** What a front trades fitness for. */
export type Cost = "peakBytes" | "flashBytes" | "macs";

/**
 * The networks that no other beats: none is as fit at no more of any cost, and better in one of
 * these. By ascending fitness; of equals the first.
 */
export function paretoFront(
  networks: readonly RatedNetwork[],
  costs: readonly Cost[],
): readonly RatedNetwork[] {
  const front: RatedNetwork[] = [];
  const sum = (network: RatedNetwork) => costs.reduce((total, cost) => total + network[cost], 0);
  // Who comes later cannot beat who came before.
  const ordered = networks.toSorted((a, b) => b.fitness - a.fitness || sum(a) - sum(b));
  for (const network of ordered) {
    const isBeaten = front.some((other) => costs.every((cost) => other[cost] <= network[cost]));
    if (!isBeaten) front.push(network);
  }
  return front.reverse();
}

/** At most `count` of the items, evenly spread, both ends among them; the last one if `count` is 1. */
export function spreadOverFront<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = (items.length - 1) / Math.max(1, count - 1);
  return Array.from(
    { length: count },
    (_, i) => items[count === 1 ? items.length - 1 : Math.round(i * step)],
  );
}

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

/**
 * Entropy of a network as DeepMAD has it (Shen et al., CVPR 2023, section 3): how much the features
 * of Gaussian weights can tell, which grows with depth and width and follows accuracy within a
 * family of networks, without any training. For each resolution
 * `H = ln(r² c) · Σ ln(c_in k² / g)`, the sum over all convolutions up to there, r² (rows by columns)
 * and c those of the last of them, g the groups; resolutions weigh 1, 1, 1, 1 and the last one 8, as there. Their limit
 * of the depth is left out: the space limits it. (The authors' code, alibaba/lightweight-neural-
 * architecture-search, adds logarithms of standard deviations, half of these: the order is the same.)
 */
export function entropyScore(layers: readonly NetworkLayer[]): number {
  const convolutions = layers.filter(({ op }) => op.endsWith("CONV_2D"));
  let expressive = 0;
  let score = 0;
  convolutions.forEach((layer, index) => {
    const { op, kernel, inputChannels } = layer;
    expressive += Math.log(kernel ** 2 * (op === "CONV_2D" ? inputChannels : 1));
    const next = convolutions[index + 1];
    const isSameSize = next?.outputRows === layer.outputRows &&
      next.outputColumns === layer.outputColumns;
    if (isSameSize) return;
    const weight = next === undefined ? LAST_WEIGHT : 1;
    score += weight * Math.log(networkOutputBytes(layer)) * expressive;
  });
  return score;
}

const LAST_WEIGHT = 8;
