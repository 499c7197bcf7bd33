import type { Value } from "../../../kernel/kernel.ts";
import type { Layer } from "../../layer.ts";
import { type IndexRange, rangeOf, share } from "../index_range.ts";
import type { Numbers } from "./layer_numbers.ts";
import { linesOf } from "./window_loops.ts";
import type { WindowNumbers } from "./window_layer.ts";

/** What threads share: lines of the output, groups of channels, filters of a group, or elements. */
export type WorkSplit = "none" | "lines" | "groups" | "filters" | "elements";

/** How the work of a window is shared: a layer that overwrites its input is one thread's. */
export function workSplit(
  { threads, step }: Layer,
  { batches, outputHeight, groups, filters }: Pick<
    WindowNumbers,
    "batches" | "outputHeight" | "groups" | "filters"
  >,
): WorkSplit {
  if (threads === 1 || step.form !== "plain") return "none";
  if (batches * outputHeight >= threads) return "lines";
  if (groups >= threads) return "groups";
  return filters >= threads ? "filters" : "none";
}

/** What a thread does of each. */
export function rangesOf(
  split: WorkSplit,
  n: Numbers<WindowNumbers>,
  { thread, threads }: { readonly thread: Value; readonly threads: number },
): { readonly lines: IndexRange; readonly groups: IndexRange; readonly filters: IndexRange } {
  const all = { lines: linesOf(n), groups: n.groups, filters: n.filters };
  const partOf = (part: keyof typeof all) =>
    part === split ? share(thread, all[part], threads) : rangeOf(0, all[part]);
  return { lines: partOf("lines"), groups: partOf("groups"), filters: partOf("filters") };
}

/** In the words of a schedule. */
export function splitRemarks(split: WorkSplit, { threads }: Layer): readonly string[] {
  return split === "none" ? [] : [`parallel ${split} over ${threads} threads`];
}
