import { dataHash } from "../data/labelled_data.ts";
import type { DataSplits } from "../data/split_data.ts";
import type { MemoryBudget } from "../optimize_space.ts";
import type { SearchState } from "../search_options.ts";
import type { TrainedSupernet } from "./trained_supernet.ts";

/**
 * How far a `findNetwork` has got: plain data, to be gone on with.
 *
 * @category Super-networks
 */
export interface FindState {
  /** What it is. */
  readonly format: "tinyloom super-network search";
  /** Version of its fields. */
  readonly schemaVersion: 1;
  /** Memory, spaces, seed and sizes, as JSON: only the same search goes on. */
  readonly problem: string;
  /** The super-network; null before its training. */
  readonly supernet: TrainedSupernet | null;
  /** The search at each resolution; null where it has not begun. */
  readonly searches: readonly (SearchState | null)[];
  /** The super-network whose best network is trained on; null before. */
  readonly tuned: TrainedSupernet | null;
  /** The training of that network as int8 computes it; absent or null before. */
  readonly quantized?: TrainedSupernet | null;
}

/** Before the first step. */
export function startOfFind(problem: string, resolutions: number): FindState {
  return {
    format: FORMAT,
    schemaVersion: 1,
    problem,
    supernet: null,
    searches: new Array(resolutions).fill(null),
    tuned: null,
  };
}

/** What a state depends on. */
export function findProblem(
  { sramBytes, flashBytes }: MemoryBudget,
  { workers: _, ...settings }: { readonly workers: number },
  data: DataSplits | undefined,
): string {
  const learns = data && [data.train, data.validation, data.test].map(dataHash);
  return JSON.stringify({ sramBytes, flashBytes, ...settings, data: learns });
}

const FORMAT = "tinyloom super-network search";

/**
 * A state as JSON text, to be written to a file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type FindState, readFindState, writeFindState } from "tinyloom";
 *
 * const state: FindState = {
 *   format: "tinyloom super-network search",
 *   schemaVersion: 1,
 *   problem: "{}",
 *   supernet: null,
 *   searches: [null],
 *   tuned: null,
 * };
 * assert.deepEqual(readFindState(writeFindState(state)), state);
 * ```
 *
 * @category Super-networks
 */
export function writeFindState(state: FindState): string {
  const floats = (_: string, value: unknown) =>
    value instanceof Float32Array
      ? { [FLOATS]: new Uint8Array(value.buffer, value.byteOffset, value.byteLength).toBase64() }
      : value;
  return JSON.stringify(state, floats) + "\n";
}

/**
 * The state in a file's text.
 *
 * @throws {TypeError} the text is something else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFindState } from "tinyloom";
 *
 * assert.throws(() => readFindState("{}"), /no super-network search/);
 * ```
 *
 * @category Super-networks
 */
export function readFindState(text: string): FindState {
  const state = parsed(text);
  const isState = state?.format === FORMAT && state.schemaVersion === 1 &&
    typeof state.problem === "string" && Array.isArray(state.searches) &&
    [state.supernet, state.tuned, state.quantized ?? null].every((each) =>
      each === null || each?.parameters instanceof Float32Array &&
        each.velocities instanceof Float32Array && Number.isInteger(each.step) &&
        Array.isArray(each.history)
    );
  if (isState) return state as FindState;
  throw new TypeError(
    `this is no super-network search: needed JSON of format "${FORMAT}", schemaVersion 1, ` +
      `found ${JSON.stringify(text.slice(0, 60))}`,
  );
}

const FLOATS = "float32 in base64";

function parsed(text: string): Partial<FindState> | null {
  const floats = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && FLOATS in value
      ? new Float32Array(Uint8Array.fromBase64(String(value[FLOATS])).buffer)
      : value;
  try {
    return JSON.parse(text, floats);
  } catch {
    return null;
  }
}
