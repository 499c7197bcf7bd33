/**
 * How far a comparison has got: plain data, to be gone on with.
 *
 * @category Super-networks
 */
export interface CompareState {
  /** What it is. */
  readonly format: "tinyloom search comparison";
  /** Version of its fields. */
  readonly schemaVersion: 1;
  /** Data, devices, arms, seeds and sizes, as JSON: only the same comparison goes on. */
  readonly problem: string;
  /** What each part of the work gave: numbers, lists, bytes. */
  readonly results: Readonly<Record<string, unknown>>;
}

const FORMAT = "tinyloom search comparison";

/** Before the first piece of work. */
export function startOfComparison(problem: string): CompareState {
  return { format: FORMAT, schemaVersion: 1, problem, results: {} };
}

/**
 * A state as JSON text, to be written to a file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type CompareState, readCompareState, writeCompareState } from "tinyloom";
 *
 * const state: CompareState = {
 *   format: "tinyloom search comparison",
 *   schemaVersion: 1,
 *   problem: "{}",
 *   results: { "small, seed 1/random/answers": Uint16Array.of(0, 1) },
 * };
 * assert.deepEqual(readCompareState(writeCompareState(state)), state);
 * ```
 *
 * @category Super-networks
 */
export function writeCompareState(state: CompareState): string {
  const packed = (_: string, value: unknown) => {
    const kind = KINDS.find(([, type]) => value instanceof type);
    if (kind === undefined) return value;
    const { buffer, byteOffset, byteLength } = value as Uint8Array<ArrayBuffer>;
    return { [kind[0]]: new Uint8Array(buffer, byteOffset, byteLength).toBase64() };
  };
  return JSON.stringify(state, packed) + "\n";
}

/**
 * The state in a file's text.
 *
 * @throws {TypeError} the text is something else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readCompareState } from "tinyloom";
 *
 * assert.throws(() => readCompareState("{}"), /no search comparison/);
 * ```
 *
 * @category Super-networks
 */
export function readCompareState(text: string): CompareState {
  const state = parsed(text);
  const isState = state?.format === FORMAT && state.schemaVersion === 1 &&
    typeof state.problem === "string" && typeof state.results === "object" &&
    state.results !== null;
  if (isState) return state as CompareState;
  throw new TypeError(
    `this is no search comparison: needed JSON of format "${FORMAT}", schemaVersion 1, ` +
      `found ${JSON.stringify(text.slice(0, 60))}`,
  );
}

const KINDS = [
  ["float32 in base64", Float32Array],
  ["uint16 in base64", Uint16Array],
  ["bytes in base64", Uint8Array],
] as const;

function parsed(text: string): Partial<CompareState> | null {
  const unpacked = (_: string, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const kind = KINDS.find(([name]) => name in value);
    if (kind === undefined) return value;
    const bytes = Uint8Array.fromBase64(String((value as Record<string, unknown>)[kind[0]]));
    return new kind[1](bytes.buffer);
  };
  try {
    return JSON.parse(text, unpacked);
  } catch {
    return null;
  }
}
