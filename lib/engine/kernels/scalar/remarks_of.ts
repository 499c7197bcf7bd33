import type { Layer } from "../../layer.ts";
import type { ScalarOptions } from "./scalar_options.ts";
import { splitRemarks, type WorkSplit } from "./work_split.ts";

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
