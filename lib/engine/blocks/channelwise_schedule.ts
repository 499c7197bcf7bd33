import type { Nest, Step } from "../../nest/nest.ts";
import type { Split } from "../kernels/walk/window_walk.ts";
import { parallelSteps } from "./conv_schedule.ts";

/** How the sums of a layer that keeps channels apart are cut up. */
export interface ChannelwiseCut {
  /** Columns of the output computed together. */
  readonly pixels: number;
  /** Channels computed together: whole vectors. */
  readonly channels: number;
  /** Channels of a vector: 4 in 128 bits. */
  readonly lanes: number;
  /** Whether rows of taps are written out rather than a loop. */
  readonly isUnrolled: boolean;
  /** What threads share. */
  readonly split: Split;
}

/**
 * The schedule of a nest that keeps channels apart: tiles of columns by blocks of channels, whose sums
 * stay in registers over all taps; what a row of the image has for several pixels is loaded once.
 */
export function channelwiseSteps(
  plain: Nest,
  { pixels, channels, lanes, isUnrolled, split }: ChannelwiseCut,
): readonly Step[] {
  const names = plain.axes.map(({ name }) => name);
  const lines = names.filter((name) => name === "image" || name === "row");
  const hasTiles = pixels > 1;
  const columns = hasTiles ? ["tcol", "tc"] : ["col", "tc"];
  const vectorize: Step = { op: "vectorize", axis: "c", ...lanes === 4 ? {} : { lanes } };
  const full = (axis: string): Step => ({ op: "unroll", axis, factor: "full" });
  return [
    { op: "tile", sizes: { ...hasTiles ? { col: pixels } : {}, c: channels } },
    { op: "reorder", order: [...lines, ...columns, "kh", "kw", "c", ...hasTiles ? ["col"] : []] },
    ...plain.tensors.some(({ name }) => name === "W")
      ? [{ op: "pack", tensor: "W", at: null } as const]
      : [],
    // Wide vectors first: what is unrolled are vectors, not channels.
    ...lanes > 4 ? [vectorize] : [],
    ...isUnrolled ? [full("kh")] : [],
    full("kw"),
    ...channels > lanes ? [full("c")] : [],
    ...hasTiles ? [full("col")] : [],
    ...lanes === 4 ? [vectorize] : [],
    { op: "accumulate", at: "kh" },
    ...parallelSteps(split, { lines, columns }),
  ];
}
