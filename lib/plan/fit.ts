/**
 * Whether a plan fits a device, and why or why not.
 *
 * @category Planner
 */
export interface Fit {
  /** Whether it does. */
  readonly fits: boolean;
  /** In words, with figures, the operator at the peak and what is alive there. */
  readonly reason: string;
}

/**
 * Flash by what it holds, as X-CUBE-AI's report splits it: constants, their scales, code.
 *
 * @category Planner
 */
export interface FlashBytes {
  /** Filters, matrices, tables. */
  readonly weightsBytes: number;
  /** Biases of convolutions and fully connected layers. */
  readonly biasBytes: number;
  /** A multiplier (4 bytes) and a shift (4 bytes) for every scale of every requantizing operator. */
  readonly quantizationBytes: number;
  /** Estimate of the C that `deploy` writes, compiled for a Cortex-M4: see `codeEstimate`. */
  readonly codeBytes: number;
}
