/** How a scalar kernel is written: what each of TinyEngine's optimizations means for it. */
export interface ScalarOptions {
  /** The layer's numbers are constants in the code; else the code loads them from memory. */
  readonly codeGeneration: boolean;
  /**
   * How windows meet padding: a test at every tap, ranges of taps worked out once a pixel, or
   * columns of int16 (im2col) without zero point, zeros where padding is.
   */
  readonly windows: "tests" | "ranges" | "columns";
  /** Bias, rescaling and activation before a sum is stored; else passes of their own over int32. */
  readonly fusion: boolean;
  /** Steps of the innermost loop written out. */
  readonly unroll: number;
  /** Output pixels computed together, from columns. */
  readonly pixels: number;
  /** Filters computed together, from columns. */
  readonly filters: number;
  /**
   * Columns are laid out where they take no more memory outside of the arena than this, and not for
   * depthwise convolutions, which read them once; no limit if left out.
   */
  readonly mostColumnBytes?: number;
}

/** What the engine falls back on where no fast kernel is made for a layer. */
export const fallback: ScalarOptions = {
  codeGeneration: true,
  windows: "ranges",
  fusion: true,
  unroll: 4,
  pixels: 1,
  filters: 1,
};
