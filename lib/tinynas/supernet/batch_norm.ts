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

/** Addresses; `vectors` has room for `BATCH_NORM_VECTORS` values a channel. */
export interface BatchNormBuffers {
  readonly x: number;
  readonly gamma: number;
  readonly beta: number;
  readonly y: number;
  readonly vectors: number;
}

/** Vectors of values a channel that it works in. */
export const BATCH_NORM_VECTORS = 6;

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
  const [mean, variance] = [new Float32Array(channels), new Float32Array(channels)];
  for (let c = 0; c < channels; c++) {
    const shifted = sums[c] / rows;
    mean[c] = first[c] + shifted;
    variance[c] = Math.max(0, squares[c] / rows - shifted ** 2);
  }
  return { mean, variance };
}

/** `y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta)`. */
export function batchNormForward(
  memory: TrainingMemory,
  norm: BatchNorm,
  buffers: BatchNormBuffers & { readonly statistics: ChannelStatistics },
): void {
  const { rows, channels, activation } = norm;
  const { x, y, vectors, gamma, beta, statistics: { mean, variance } } = buffers;
  const [scaleAt, shiftAt] = vectorsAt(vectors, channels);
  // Views of so few values take longer than the values.
  const { floats } = memory;
  const [scale, shift, gammas, betas] = [scaleAt, shiftAt, gamma, beta].map((at) => at / 4);
  for (let c = 0; c < channels; c++) {
    floats[scale + c] = floats[gammas + c] / Math.sqrt(variance[c] + EPSILON);
    floats[shift + c] = floats[betas + c] - mean[c] * floats[scale + c];
  }
  memory.kernels[`normalize_${activation}`](x, y, scaleAt, shiftAt, rows, channels * 4);
}

/**
 * Turns the gradient of `y` into that of `x`, in place, and adds to those of gamma and beta:
 * `dx = gamma / s (dy - mean(dy) - xh mean(dy xh))` with `xh = (x - mean) / s`. Statistics that do not
 * come from the batch are constants, and so is gamma beside them: `dx = gamma / s dy`.
 */
export function batchNormBackward(
  memory: TrainingMemory,
  { rows, channels, activation }: BatchNorm,
  buffers: BatchNormBuffers & {
    readonly statistics: ChannelStatistics;
    readonly isConstant?: boolean;
    readonly dy: number;
    readonly dGamma: number;
    readonly dBeta: number;
  },
): void {
  const { x, dy, gamma, beta, dGamma, dBeta, vectors, isConstant = false } = buffers;
  const { mean, variance } = buffers.statistics;
  const addresses = vectorsAt(vectors, channels);
  const [lowAt, highAt, scaleAt, meanAt, sumsAt, productsAt] = addresses;
  const { floats } = memory;
  const [low, high, scale, means, sums, products, gammas, betas, dGammas, dBetas] = [
    ...addresses,
    ...[gamma, beta, dGamma, dBeta],
  ].map((at) => at / 4);
  for (let c = 0; c < channels; c++) {
    const factor = Math.fround(floats[gammas + c] / Math.sqrt(variance[c] + EPSILON));
    const shift = Math.fround(floats[betas + c] - mean[c] * factor);
    // The limits of x between which `0 < x factor + shift < 6`.
    const [zero, six] = [-shift / factor, (6 - shift) / factor];
    floats[low + c] = Math.min(zero, six);
    floats[high + c] = Math.max(zero, six);
    floats[scale + c] = factor;
    floats[means + c] = mean[c];
  }
  const { kernels } = memory;
  const rowBytes = channels * 4;
  kernels[`normalizeSums_${activation}`](
    dy,
    x,
    lowAt,
    highAt,
    meanAt,
    sumsAt,
    productsAt,
    rows,
    rowBytes,
  );
  // The factor of x and the constant take the places of the sums that they come from.
  for (let c = 0; c < channels; c++) {
    const factor = floats[scale + c];
    const inverse = 1 / Math.sqrt(variance[c] + EPSILON);
    const sum = isConstant ? 0 : floats[sums + c];
    const product = isConstant ? 0 : floats[products + c] * inverse;
    floats[dBetas + c] += floats[sums + c];
    floats[dGammas + c] += product;
    floats[products + c] = -factor * inverse * product / rows;
    floats[sums + c] = -factor * sum / rows - floats[products + c] * mean[c];
  }
  kernels[`normalizeGradient_${activation}`](
    dy,
    x,
    lowAt,
    highAt,
    scaleAt,
    productsAt,
    sumsAt,
    rows,
    rowBytes,
  );
}

function vectorsAt(address: number, channels: number): number[] {
  const addresses = [];
  for (let i = 0; i < BATCH_NORM_VECTORS; i++) addresses.push(address + i * channels * 4);
  return addresses;
}
