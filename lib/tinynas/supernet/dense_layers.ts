import { floatsAt, type TrainingMemory } from "./training_memory.ts";

/** A pointwise convolution: a product of `rows` pixels of a batch by weights `[inputChannels][stride]`. */
export interface Pointwise {
  /** Pixels of all images. */
  readonly rows: number;
  /** Channels read, a multiple of 4. */
  readonly inputChannels: number;
  /** Channels written, a multiple of 4. */
  readonly channels: number;
  /** Values from one row of the weights to the next, as a larger network has them. */
  readonly weightsStride: number;
}

/** `y = x W`. */
export function pointwiseForward(
  { kernels }: TrainingMemory,
  shape: Pointwise,
  { x, weights, y }: Omit<ConvolutionBuffers, "scratch">,
): void {
  const { rows, inputChannels: k, channels: n, weightsStride } = shape;
  kernels.multiply(x, k * 4, weights, weightsStride * 4, y, n * 4, rows, k, n, 0);
}

/** `dW += x' dy`, and `dx = dy W'`. */
export function pointwiseBackward(
  memory: TrainingMemory,
  shape: Pointwise,
  buffers: Omit<GradientBuffers, "y">,
): void {
  const { rows, inputChannels: k, channels: n, weightsStride } = shape;
  const { x, weights, dy, dWeights, dx, accumulates, scratch } = buffers;
  const { multiply, multiplyTransposed, transpose } = memory.kernels;
  multiplyTransposed(x, k * 4, dy, n * 4, dWeights, weightsStride * 4, k, rows, n, 1);
  if (dx === null) return;
  transpose(weights, weightsStride * 4, scratch, k, n);
  multiply(dy, n * 4, scratch, k * 4, dx, k * 4, rows, n, k, accumulates ? 1 : 0);
}

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

/** Mean over the image, then a dense layer: what a network ends in. */
export interface Classifier {
  readonly batch: number;
  /** Pixels of an image. */
  readonly pixels: number;
  readonly channels: number;
  readonly classes: number;
}

/** Addresses. `weights` are `[channels][classes]`; `pooled` has room for one value a channel and image. */
export interface ClassifierBuffers {
  readonly x: number;
  readonly weights: number;
  readonly bias: number;
  readonly pooled: number;
}

/** Logits `[batch][classes]`. */
export function classifierForward(
  memory: TrainingMemory,
  { batch, pixels, channels, classes }: Classifier,
  { x, weights, bias, pooled, round }: ClassifierBuffers & {
    /** May change the means. */
    readonly round?: (means: { readonly address: number; readonly count: number }) => void;
  },
): Float32Array {
  const means = floatsAt(memory, pooled, batch * channels);
  for (let image = 0; image < batch; image++) {
    const from = x + image * pixels * channels * 4;
    memory.kernels.columnSums(from, pooled + image * channels * 4, pixels, channels * 4);
  }
  for (let i = 0; i < means.length; i++) means[i] /= pixels;
  round?.({ address: pooled, count: means.length });
  const w = floatsAt(memory, weights, channels * classes);
  const biases = floatsAt(memory, bias, classes);
  return Float32Array.from({ length: batch * classes }, (_, i) => {
    const [image, k] = [Math.floor(i / classes), i % classes];
    let sum = biases[k];
    for (let c = 0; c < channels; c++) sum += means[image * channels + c] * w[c * classes + k];
    return sum;
  });
}

/** Gradients of the weights (added to) and of `x`, from that of the logits. */
export function classifierBackward(
  memory: TrainingMemory,
  { batch, pixels, channels, classes }: Classifier,
  buffers: ClassifierBuffers & {
    readonly dLogits: Float32Array;
    readonly dWeights: number;
    readonly dBias: number;
    readonly dx: number;
  },
): void {
  const { weights, pooled, dLogits, dWeights, dBias, dx } = buffers;
  const means = floatsAt(memory, pooled, batch * channels);
  const w = floatsAt(memory, weights, channels * classes);
  const dw = floatsAt(memory, dWeights, channels * classes);
  const db = floatsAt(memory, dBias, classes);
  for (let image = 0; image < batch; image++) {
    for (let k = 0; k < classes; k++) db[k] += dLogits[image * classes + k];
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const slope = dLogits[image * classes + k];
        dw[c * classes + k] += slope * means[image * channels + c];
        sum += slope * w[c * classes + k];
      }
      // The mean is not needed any more: its gradient takes its place.
      means[image * channels + c] = sum / pixels;
    }
    const to = dx + image * pixels * channels * 4;
    memory.kernels.fillRows(to, pooled + image * channels * 4, pixels, channels * 4);
  }
}

/** What logits are to be like. */
export interface Targets {
  /** Share of a label's weight that all classes get alike. */
  readonly smoothing?: number;
  /** Shares of the classes, `[batch][classes]`, in place of the labels. */
  readonly soft?: ArrayLike<number> | null;
}

/** Mean cross-entropy of the softmax of logits, its gradient, and how many images are classed right. */
export function softmaxCrossEntropy(
  logits: Float32Array,
  labels: ArrayLike<number>,
  { smoothing = 0, soft = null }: Targets = {},
): { readonly loss: number; readonly dLogits: Float32Array; readonly correct: number } {
  const batch = labels.length;
  const classes = logits.length / batch;
  const dLogits = new Float32Array(logits.length);
  let loss = 0;
  let correct = 0;
  for (let image = 0; image < batch; image++) {
    const from = image * classes;
    const row = logits.subarray(from, from + classes);
    const label = labels[image];
    const { most, sum, powers } = softmaxOf(row);
    if (row.indexOf(most) === label) correct++;
    powers.forEach((power, k) => {
      const target = soft === null
        ? (k === label ? 1 - smoothing : 0) + smoothing / classes
        : soft[from + k];
      loss += target * (Math.log(sum) - (row[k] - most));
      dLogits[from + k] = (power / sum - target) / batch;
    });
  }
  return { loss: loss / batch, dLogits, correct };
}

/** The softmax of each row. */
export function softmaxRows(logits: Float32Array, classes: number): Float64Array {
  const shares = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const { powers, sum } = softmaxOf(logits.subarray(from, from + classes));
    powers.forEach((power, k) => shares[from + k] = power / sum);
  }
  return shares;
}

/** Largest logit, powers relative to it, and their sum. */
function softmaxOf(row: Float32Array) {
  const most = Math.max(...row);
  const powers = Array.from(row, (logit) => Math.exp(logit - most));
  return { most, powers, sum: powers.reduce((total, power) => total + power, 0) };
}
