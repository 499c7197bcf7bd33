import { list, oneOf, optional, orNull, readForm, record, text } from "../../form.ts";
import { dataHash } from "../data/labelled_data.ts";
import type { DataSplits } from "../data/split_data.ts";
import type { MemoryBudget } from "../optimize_space.ts";
import { type SearchState, searchStateForm } from "../search_options.ts";
import { readFloats, trainedForm, type TrainedSupernet, writeFloats } from "./trained_supernet.ts";

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
  return JSON.stringify(state, writeFloats) + "\n";
}

/**
 * The state in a file's text.
 *
 * @throws {TypeError} the text is something else, with the path to the first field that is wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFindState } from "tinyloom";
 *
 * const message = /not a super-network search: \$\.format is missing/;
 * assert.throws(() => readFindState("{}"), message);
 * ```
 *
 * @category Super-networks
 */
export function readFindState(text: string): FindState {
  return readForm(text, {
    kind: "a super-network search",
    form: findStateForm,
    reviver: readFloats,
  });
}

const findStateForm = record({
  format: oneOf(FORMAT),
  schemaVersion: oneOf(1),
  problem: text,
  supernet: orNull(trainedForm),
  searches: list(orNull(searchStateForm)),
  tuned: orNull(trainedForm),
  quantized: optional(orNull(trainedForm)),
});
