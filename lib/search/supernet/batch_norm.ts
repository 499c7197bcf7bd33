import { floatsAt, type TrainingMemory } from "./training_memory.ts";

/** Added to variances, as Keras does by default. */
export const EPSILON = 1e-3;

/** Mean and variance of every channel. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** A batch normalization (Ioffe and Szegedy, ICML 2015) over `rows` pixels of a batch. */
export interface BatchNorm {
  readonly rows: number;
  readonly channels: number;
  /** Behind it. */
  readonly activation: "NONE" | "RELU6";
}

/** Addresses; `vectors` has room for five values a channel. */
export interface BatchNormBuffers {
  readonly x: number;
  readonly gamma: number;
  readonly beta: number;
  readonly y: number;
  readonly vectors: number;
}

/** Vectors of values a channel that it works in. */
export const BATCH_NORM_VECTORS = 5;

/** Mean and variance over the batch. */
export function batchStatistics(
  memory: TrainingMemory,
  { rows, channels }: Pick<BatchNorm, "rows" | "channels">,
  { x, vectors }: Pick<BatchNormBuffers, "x" | "vectors">,
): ChannelStatistics {
  const { kernels } = memory;
  const [meanAt, squaresAt] = vectorsAt(vectors, channels);
  kernels.columnSums(x, meanAt, rows, channels * 4);
  const mean = floatsAt(memory, meanAt, channels);
  for (let c = 0; c < channels; c++) mean[c] /= rows;
  kernels.columnSquares(x, meanAt, squaresAt, rows, channels * 4);
  const variance = floatsAt(memory, squaresAt, channels).map((squares) => squares / rows);
  return { mean: mean.slice(), variance };
}

/** `y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta)`. */
export function batchNormForward(
  memory: TrainingMemory,
  { rows, channels, activation }: BatchNorm,
  { x, gamma, beta, y, vectors, statistics }: BatchNormBuffers & {
    readonly statistics: ChannelStatistics;
  },
): void {
  const [scaleAt, shiftAt] = vectorsAt(vectors, channels);
  const [gammas, betas, scale, shift] = [gamma, beta, scaleAt, shiftAt].map((at) =>
    floatsAt(memory, at, channels)
  );
  for (let c = 0; c < channels; c++) {
    scale[c] = gammas[c] / Math.sqrt(statistics.variance[c] + EPSILON);
    shift[c] = betas[c] - statistics.mean[c] * scale[c];
  }
  memory.kernels[`normalize_${activation}`](x, y, scaleAt, shiftAt, rows, channels * 4);
}

/**
 * Turns the gradient of `y` into that of `x`, in place, and adds to those of gamma and beta:
 * `dx = gamma / s (dy - mean(dy) - xh mean(dy xh))` with `xh = (x - mean) / s`.
 */
export function batchNormBackward(
  memory: TrainingMemory,
  { rows, channels, activation }: BatchNorm,
  buffers: BatchNormBuffers & {
    readonly statistics: ChannelStatistics;
    readonly dy: number;
    readonly dGamma: number;
    readonly dBeta: number;
  },
): void {
  const { x, y, dy, gamma, dGamma, dBeta, vectors, statistics } = buffers;
  const [meanAt, sumsAt, aAt, bAt, cAt] = vectorsAt(vectors, channels);
  floatsAt(memory, meanAt, channels).set(statistics.mean);
  // The products with the gradient take the place that the factor of x will have.
  memory.kernels[`normalizeSums_${activation}`](
    dy,
    y,
    x,
    meanAt,
    sumsAt,
    bAt,
    rows,
    channels * 4,
  );
  const [gammas, dGammas, dBetas, sums, a, b, c] = [gamma, dGamma, dBeta, sumsAt, aAt, bAt, cAt]
    .map((at) => floatsAt(memory, at, channels));
  for (let i = 0; i < channels; i++) {
    const inverse = 1 / Math.sqrt(statistics.variance[i] + EPSILON);
    const products = b[i] * inverse;
    dGammas[i] += products;
    dBetas[i] += sums[i];
    a[i] = gammas[i] * inverse;
    b[i] = -a[i] * inverse * products / rows;
    c[i] = -a[i] * sums[i] / rows - b[i] * statistics.mean[i];
  }
  memory.kernels.normalizeGradient(dy, x, aAt, bAt, cAt, rows, channels * 4);
}

function vectorsAt(address: number, channels: number): number[] {
  return Array.from({ length: BATCH_NORM_VECTORS }, (_, i) => address + i * channels * 4);
}
