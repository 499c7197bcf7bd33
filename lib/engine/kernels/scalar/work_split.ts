import type { Value } from "../../../codegen/kernel/kernel.ts";
import type { Layer } from "../../layer.ts";
import { type Range, rangeTo, share } from "../loops.ts";
import type { Numbers } from "./layer_numbers.ts";
import { linesOf } from "./window_loops.ts";
import type { WindowNumbers } from "./window_layer.ts";

/** What threads share: nothing, lines of the output, groups of channels, or filters of a group. */
export type WorkSplit = "none" | "lines" | "groups" | "filters";

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
): { readonly lines: Range; readonly groups: Range; readonly filters: Range } {
  const all = { lines: linesOf(n), groups: n.groups, filters: n.filters };
  const rangeOf = (part: keyof typeof all) =>
    part === split ? share(thread, all[part], threads) : rangeTo(all[part]);
  return { lines: rangeOf("lines"), groups: rangeOf("groups"), filters: rangeOf("filters") };
}

/** In the words of a schedule. */
export function splitRemarks(split: WorkSplit, { threads }: Layer): readonly string[] {
  return split === "none" ? [] : [`parallel ${split} over ${threads} threads`];
}
