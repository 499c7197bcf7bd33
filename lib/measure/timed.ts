/**
 * What checking one fresh output against the reference said.
 *
 * @category Measurement
 */
export interface Verification {
  /** Whether every element is within the tolerance. */
  readonly verified: boolean;
  /** A digest of the output, the same for the same bits. */
  readonly checksum: string;
  /** The largest deviation found, in the measure that `tolerance` uses. */
  readonly maxError: number;
  /** The largest deviation allowed; 0 for integers. */
  readonly tolerance: number;
}

/**
 * One thing that can be timed: prepared, verifiable, run at once or until its promise is kept.
 * Timing knows nothing else about it, so that a nest, an engine, a library that only offers
 * promises and a stand-in of a test are timed by the same code.
 *
 * @category Measurement
 */
export interface Timed {
  /** The variant's name, e.g. `"tiled"`. */
  readonly name: string;
  /** The problem's extents in words, e.g. `"640x12800x640"`. */
  readonly shape: string;
  /** The element type, e.g. `"float32"`. */
  readonly dtype: string;
  /** The steps that made the variant, as plain JSON. */
  readonly schedule: readonly unknown[];
  /** How many threads the work is split over. */
  readonly threads: number;
  /** Multiply-accumulates of one `run`. */
  readonly macs: number;
  /** Runs once into fresh output and compares it with the reference. */
  readonly verify: () => Verification | Promise<Verification>;
  /** A short piece of the work, called again and again until the optimised code is in. */
  readonly warm: () => void | Promise<void>;
  /** The whole work, once. */
  readonly run: () => void | Promise<void>;
}
