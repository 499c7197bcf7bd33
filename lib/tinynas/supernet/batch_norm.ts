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
  const { x, y, vectors } = buffers;
  const [scaleAt, shiftAt] = vectorsAt(vectors, channels);
  const [scale, shift] = [scaleAt, shiftAt].map((at) => floatsAt(memory, at, channels));
  const affine = affineOf(memory, channels, buffers);
  scale.set(affine.scale);
  shift.set(affine.shift);
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
  const { x, dy, dGamma, dBeta, vectors, statistics, isConstant = false } = buffers;
  const addresses = vectorsAt(vectors, channels);
  const [lowAt, highAt, scaleAt, meanAt, sumsAt, productsAt] = addresses;
  const [low, high, scale, mean, sums, products, dGammas, dBetas] = [...addresses, dGamma, dBeta]
    .map((at) => floatsAt(memory, at, channels));
  const affine = affineOf(memory, channels, buffers);
  setLimits(affine, { low, high });
  scale.set(affine.scale);
  mean.set(statistics.mean);
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
  const [b, c] = [products, sums];
  for (let i = 0; i < channels; i++) {
    const inverse = 1 / Math.sqrt(statistics.variance[i] + EPSILON);
    const sum = isConstant ? 0 : sums[i];
    const product = isConstant ? 0 : products[i] * inverse;
    dBetas[i] += sums[i];
    dGammas[i] += product;
    b[i] = -scale[i] * inverse * product / rows;
    c[i] = -scale[i] * sum / rows - b[i] * mean[i];
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

/** The factor and the constant of every channel that a normalization comes to. */
function affineOf(
  memory: TrainingMemory,
  channels: number,
  { gamma, beta, statistics }: Pick<BatchNormBuffers, "gamma" | "beta"> & {
    readonly statistics: ChannelStatistics;
  },
) {
  const [gammas, betas] = [floatsAt(memory, gamma, channels), floatsAt(memory, beta, channels)];
  const { mean, variance } = statistics;
  const [scale, shift] = [new Float32Array(channels), new Float32Array(channels)];
  for (let c = 0; c < channels; c++) {
    scale[c] = gammas[c] / Math.sqrt(variance[c] + EPSILON);
    shift[c] = betas[c] - mean[c] * scale[c];
  }
  return { scale, shift };
}

/** The limits of x between which `0 < x scale + shift < 6`. */
function setLimits(
  { scale, shift }: { readonly scale: Float32Array; readonly shift: Float32Array },
  { low, high }: { readonly low: Float32Array; readonly high: Float32Array },
): void {
  for (let c = 0; c < scale.length; c++) {
    const [zero, six] = [-shift[c] / scale[c], (6 - shift[c]) / scale[c]];
    low[c] = Math.min(zero, six);
    high[c] = Math.max(zero, six);
  }
}

function vectorsAt(address: number, channels: number): number[] {
  const addresses = [];
  for (let i = 0; i < BATCH_NORM_VECTORS; i++) addresses.push(address + i * channels * 4);
  return addresses;
}
