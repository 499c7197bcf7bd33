import { isOver } from "../../host.ts";
import { uniformFloat64, uniformInt, xoroshiro128plus } from "../../npm/pure_rand.ts";
import { orderKeys, type OrderName } from "./allocate_greedy.ts";
import type { AllocateRules, Problem } from "./problem.ts";
import { type Focus, Search, type SearchOutcome } from "./search.ts";

const strategies: readonly (readonly [OrderName, Focus])[] = [
  ["lifetime", "fewest"],
  ["size", "tightest"],
  ["reach", "fewest"],
  ["smallness", "tightest"],
  ["pressure", "fewest"],
  ["reach", "tightest"],
  ["area", "fewest"],
  ["smallness", "fewest"],
];

// The time of one attempt varies by orders of magnitude with the order of the buffers; many short
// attempts find a lucky order soon. Luby's sequence costs at most a logarithmic factor over the
// best restart schedule (Luby, Sinclair & Zuckerman 1993).
const NODES_PER_BUFFER = 6;
const NOISES = [0.1, 0.5] as const;

/** Attempts of the exact search in many orders, each started over before it gets lost. */
export class Portfolio {
  /** Nodes visited in all attempts. */
  nodes = 0;
  readonly #search: Search;
  readonly #keys: Readonly<Record<OrderName, Float64Array>>;
  readonly #random;
  readonly #rank: Float64Array;
  #attempts = 0;

  constructor(
    readonly problem: Problem,
    readonly rules: Readonly<Required<AllocateRules>>,
    seed: number,
  ) {
    this.#search = new Search(problem, rules);
    this.#keys = orderKeys(problem);
    this.#random = xoroshiro128plus(seed);
    this.#rank = new Float64Array(problem.count);
  }

  /** Offsets in units of the allocation found last. */
  get offset(): Int32Array {
    return this.#search.state.offset;
  }

  /** Tries to fit the buffers into a capacity until the nodes or the time are used up. */
  fit(capacityBytes: number, nodes: number, deadlineMs: number): SearchOutcome {
    for (let left = nodes; left > 0 && !isOver(deadlineMs);) {
      const attempt = this.#attempts++;
      const share = NODES_PER_BUFFER * this.problem.count * luby(attempt + 1);
      const nodeLimit = this.rules.restarts ? Math.min(left, share) : left;
      const [order, focus] = this.#strategyOf(attempt);
      this.#perturb(this.#keys[order], attempt < strategies.length ? 0 : this.#noise());
      const outcome = this.#search.run({
        capacityBytes,
        rank: this.#rank,
        focus,
        nodeLimit,
        deadlineMs,
      });
      this.nodes += this.#search.nodes;
      left -= this.#search.nodes;
      if (outcome !== "gave up") return outcome;
    }
    return "gave up";
  }

  #strategyOf(attempt: number): readonly [OrderName, Focus] {
    if (!this.rules.restarts) return strategies[0];
    if (attempt < strategies.length) return strategies[attempt];
    return strategies[uniformInt(this.#random, 0, strategies.length - 1)];
  }

  #noise(): number {
    return NOISES[uniformInt(this.#random, 0, NOISES.length - 1)];
  }

  #perturb(key: Float64Array, noise: number): void {
    for (let b = 0; b < key.length; b++) {
      const factor = noise === 0 ? 1 : 1 + noise * uniformFloat64(this.#random);
      this.#rank[b] = -key[b] * factor;
    }
  }
}

/** 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ... for i = 1, 2, 3 ... */
function luby(i: number): number {
  const power = 2 ** Math.floor(Math.log2(i + 1));
  return power === i + 1 ? power / 2 : luby(i - power + 1);
}
