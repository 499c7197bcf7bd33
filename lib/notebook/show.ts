import { type Broadcast, kernelBroadcast } from "./kernel.ts";
import { mediaBundle } from "./media_bundle.ts";
import type { MediaOptions, Showable } from "./showable.ts";

/**
 * Where {@link show} sends what it shows.
 *
 * @category Notebooks
 */
export interface ShowOptions extends MediaOptions {
  /** Takes the text form when the code runs outside of a notebook, for instance `console.log`. */
  readonly write?: (text: string) => void;
  /** The way to the front ends; null: act as outside of a notebook. Default: the running kernel. */
  readonly broadcast?: Broadcast | null;
}

/**
 * Shows a table, a chart, pseudo-code or markup as an output of the running notebook cell, and
 * resolves to undefined when the front ends have it.
 *
 * Outside of the Deno Jupyter kernel nothing is printed: it resolves to the text form, after having
 * given it to `write`, if there is one. So the code of a cell is also the code of a script:
 * `await show(table, { write: console.log })` is right in both.
 *
 * Always await it: a kernel that goes idle too early loses the output of a headless run.
 *
 * @throws {TypeError} if the value is of no kind that {@link mediaBundle} knows
 * @throws {RangeError} if a column is asked for that the table does not have
 *
 * @example
 * ```ts
 * import { show } from "tinyloom";
 * import { tableFromArrays } from "apache-arrow";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromArrays({ kernel: ["naive", "best"], gflops: [0.5, 48] });
 * const text = await show(table);
 * assert.match(text ?? "", /naive +0\.5/);
 * ```
 *
 * @category Notebooks
 */
export async function show(
  value: Showable,
  options: ShowOptions = {},
): Promise<string | undefined> {
  const { broadcast = kernelBroadcast(), write } = options;
  const data = await mediaBundle(value, options);
  if (broadcast === null) {
    write?.(data["text/plain"]);
    return data["text/plain"];
  }
  await broadcast("display_data", { data, metadata: {}, transient: {} });
  await settled(JSON.stringify(data).length);
}

/**
 * Waits until a message of that size has left the kernel: about 15 ms and 20 ms a megabyte. The Deno
 * kernel may publish "idle" before the last output of a cell, and headless clients stop listening.
 */
export function settled(sizeBytes: number): Promise<void> {
  const milliseconds = 15 + 20 * sizeBytes / 1e6;
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
