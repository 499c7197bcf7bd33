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

/**
 * Mean and variance over the batch, from the first and second moments about its first pixel. That
 * is at most `sqrt(rows)` deviations from the mean, and usually about one: the difference of the
 * moments keeps its digits.
 */
export function batchStatistics(
  memory: TrainingMemory,
  { rows, channels }: Pick<BatchNorm, "rows" | "channels">,
  { x, vectors }: Pick<BatchNormBuffers, "x" | "vectors">,
): ChannelStatistics {
  const [sumsAt, squaresAt] = vectorsAt(vectors, channels);
  memory.kernels.columnMoments(x, x, sumsAt, squaresAt, rows, channels * 4);
  const [first, sums, squares] = [x, sumsAt, squaresAt].map((at) => floatsAt(memory, at, channels));
  return {
    mean: sums.map((sum, c) => first[c] + sum / rows),
    variance: squares.map((square, c) => Math.max(0, square / rows - (sums[c] / rows) ** 2)),
  };
}

/** `y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta)`. */
export function batchNormForward(
  memory: TrainingMemory,
  norm: BatchNorm,
  buffers: BatchNormBuffers & { readonly statistics: ChannelStatistics },
): void {
  const { rows, channels, activation } = norm;
  const { x, y } = buffers;
  const { scaleAt, shiftAt } = setScaleAndShift(memory, channels, buffers);
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
  const { x, dy, dGamma, dBeta, vectors, statistics } = buffers;
  const { scaleAt, shiftAt } = setScaleAndShift(memory, channels, buffers);
  const [, , meanAt, sumsAt, productsAt] = vectorsAt(vectors, channels);
  floatsAt(memory, meanAt, channels).set(statistics.mean);
  const { kernels } = memory;
  const constants = [scaleAt, shiftAt];
  kernels[`normalizeSums_${activation}`](
    dy,
    x,
    ...constants,
    meanAt,
    sumsAt,
    productsAt,
    rows,
    channels * 4,
  );
  const [dGammas, dBetas, scale, sums, products] = [dGamma, dBeta, scaleAt, sumsAt, productsAt]
    .map((at) => floatsAt(memory, at, channels));
  // The factor of x and the constant take the places of the sums that they come from.
  const [b, c] = [products, sums];
  for (let i = 0; i < channels; i++) {
    const inverse = 1 / Math.sqrt(statistics.variance[i] + EPSILON);
    const product = products[i] * inverse;
    const sum = sums[i];
    dGammas[i] += product;
    dBetas[i] += sum;
    b[i] = -scale[i] * inverse * product / rows;
    c[i] = -scale[i] * sum / rows - b[i] * statistics.mean[i];
  }
  kernels[`normalizeGradient_${activation}`](
    dy,
    x,
    ...constants,
    productsAt,
    sumsAt,
    rows,
    channels * 4,
  );
}

/** The factor and the constant that the normalization comes to, in the first two vectors. */
function setScaleAndShift(
  memory: TrainingMemory,
  channels: number,
  { gamma, beta, vectors, statistics }: BatchNormBuffers & {
    readonly statistics: ChannelStatistics;
  },
): { readonly scaleAt: number; readonly shiftAt: number } {
  const [scaleAt, shiftAt] = vectorsAt(vectors, channels);
  const [gammas, betas, scale, shift] = [gamma, beta, scaleAt, shiftAt].map((at) =>
    floatsAt(memory, at, channels)
  );
  for (let c = 0; c < channels; c++) {
    scale[c] = gammas[c] / Math.sqrt(statistics.variance[c] + EPSILON);
    shift[c] = betas[c] - statistics.mean[c] * scale[c];
  }
  return { scaleAt, shiftAt };
}

function vectorsAt(address: number, channels: number): number[] {
  return Array.from({ length: BATCH_NORM_VECTORS }, (_, i) => address + i * channels * 4);
}
