import type { RatedNetwork } from "./candidate.ts";

/**
 * A search after a whole generation: plain JSON, to be written to a file and gone on with.
 *
 * @category Search
 */
export interface SearchState {
  /** What the file is. */
  readonly format: "tinyloom network search";
  /** Version of its fields. */
  readonly schemaVersion: 1;
  /** Space, budget, fitness, seed and sizes of the search, as JSON: only the same search goes on. */
  readonly problem: string;
  /** Generations done, the first random one included. */
  readonly generation: number;
  /** Networks whose fitness was asked for. */
  readonly evaluations: number;
  /** The best and the last generation's, the fittest first. */
  readonly population: readonly RatedNetwork[];
  /** Those of all evaluated networks that no other beats in fitness and costs. */
  readonly front: readonly RatedNetwork[];
}

/**
 * The state in a file's text.
 *
 * @throws {TypeError} the text is something else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readSearchState } from "tinyloom";
 *
 * assert.throws(() => readSearchState("{}"), /no network search/);
 * ```
 *
 * @category Search
 */
export function readSearchState(text: string): SearchState {
  const state = parsed(text) as Partial<SearchState> | null;
  const isState = state?.format === "tinyloom network search" && state.schemaVersion === 1 &&
    typeof state.problem === "string" && Number.isInteger(state.generation) &&
    Number.isInteger(state.evaluations) &&
    [state.population, state.front].every((list) => Array.isArray(list) && list.every(isRated));
  if (isState) return state as SearchState;
  throw new TypeError(
    `this is no network search: needed JSON of format "tinyloom network search", schemaVersion 1, ` +
      `found ${JSON.stringify(text.slice(0, 60))}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRated(network: RatedNetwork | null): boolean {
  const { genes, resolution, width, macs, params, peakBytes, flashBytes, fitness } = network ??
    {} as Partial<RatedNetwork>;
  const numbers = [resolution, width, macs, params, peakBytes, flashBytes, fitness];
  return Array.isArray(genes) && [...genes, ...numbers].every(Number.isFinite);
}
