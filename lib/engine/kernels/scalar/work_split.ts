import type { Value } from "../../../kernel/kernel.ts";
import type { Layer } from "../../layer.ts";
import { type IndexRange, rangeOf, share } from "../walk/index_range.ts";
import type { Numbers } from "./layer_numbers.ts";
import type { ScalarOptions } from "./scalar_options.ts";
import type { WindowNumbers } from "./window_layer.ts";
import { linesOf } from "./window_loops.ts";

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
function splitRemarks(split: WorkSplit, { threads }: Layer): readonly string[] {
  return split === "none" ? [] : [`parallel ${split} over ${threads} threads`];
}

const WINDOWS = {
  tests: "test every tap for padding",
  ranges: "clip taps to the image",
  columns: "im2col to columns of int16",
} as const;

/** How a scalar kernel's loops run, in words. */
export function remarksOf(
  { codeGeneration, windows, fusion, unroll, pixels, filters }: Omit<ScalarOptions, "windows"> & {
    /** Null for an operator without windows. */
    readonly windows: ScalarOptions["windows"] | null;
  },
  split: WorkSplit,
  layer: Layer,
): readonly string[] {
  return [
    ...codeGeneration ? [] : ["shapes and constants from memory"],
    ...windows === null ? [] : [WINDOWS[windows]],
    ...fusion ? [] : ["sums to memory; bias, rescaling and clamp in passes"],
    ...unroll > 1 ? [`unroll the innermost loop by ${unroll}`] : [],
    ...pixels > 1 ? [`tile pixels by ${pixels}`] : [],
    ...filters > 1 ? [`tile channels by ${filters}`] : [],
    ...splitRemarks(split, layer),
  ];
}
