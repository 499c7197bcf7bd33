import type { Model } from "../model/model.ts";
import { buildNetwork } from "./build_network.ts";
import type { Genes } from "./genes.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * A network by what it is made of and what it costs.
 *
 * @category Search
 */
export interface NetworkFigures {
  /** Its genes in the space. */
  readonly genes: Genes;
  /** Rows and columns of its images. */
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
