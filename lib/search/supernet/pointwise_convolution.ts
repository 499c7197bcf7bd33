import type { ConvolutionBuffers, GradientBuffers } from "./convolution_buffers.ts";
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
  const { multiply, multiplyTransposed } = memory.kernels;
  multiplyTransposed(x, k * 4, dy, n * 4, dWeights, weightsStride * 4, k, rows, n, 1);
  if (dx === null) return;
  const transposed = floatsAt(memory, scratch, k * n);
  const from = weights / 4;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < n; j++) transposed[j * k + i] = memory.floats[from + i * weightsStride + j];
  }
  multiply(dy, n * 4, scratch, k * 4, dx, k * 4, rows, n, k, accumulates ? 1 : 0);
}
