/** Addresses of the operands and of room to work in. */
export interface ConvolutionBuffers {
  readonly x: number;
  readonly weights: number;
  readonly y: number;
  readonly scratch: number;
}

/** Addresses of what a gradient is computed from, and where it goes. */
export interface GradientBuffers extends ConvolutionBuffers {
  /** Gradient of the output. */
  readonly dy: number;
  /** Gradient of the weights, which is added to. */
  readonly dWeights: number;
  /** Gradient of the input; null if nobody needs it. */
  readonly dx: number | null;
  /** Whether the input's gradient is added to. */
  readonly accumulates: boolean;
}
