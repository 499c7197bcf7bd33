import { windowExtent } from "../../model/window.ts";
import { depthwiseName, floatsAt, type TrainingMemory } from "./training_memory.ts";

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

/** A depthwise convolution with TensorFlow's padding SAME. */
export interface Depthwise {
  /** Images. */
  readonly batch: number;
  /** Height and width of what it reads. */
  readonly inputSide: number;
  /** Height and width of what it writes. */
  readonly side: number;
  /** Side of its filter. */
  readonly kernel: number;
  /** 1 or 2. */
  readonly stride: number;
  /** A multiple of 4. */
  readonly channels: number;
  /** Side of the filter of the largest network, whose middle is used. */
  readonly largestKernel: number;
  /** Channels of the largest network, of which the first are used. */
  readonly weightsStride: number;
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

/** Slides each channel's filter over its image. */
export function depthwiseForward(
  memory: TrainingMemory,
  shape: Depthwise,
  { x, weights, y, scratch }: ConvolutionBuffers,
): void {
  const { batch, inputSide, side, kernel, stride, channels } = shape;
  const { first, rowBytes, tapBytes } = middleOf(shape);
  const pixelBytes = channels * 4;
  const convolve = memory.kernels[depthwiseName("depthwise", kernel, stride)];
  const border = borderedImage(memory, shape, scratch);
  for (let image = 0; image < batch; image++) {
    border.fill(x + image * inputSide ** 2 * pixelBytes);
    convolve(
      scratch,
      border.rowBytes,
      weights + first,
      rowBytes,
      tapBytes,
      y + image * side ** 2 * pixelBytes,
      side,
      side,
      pixelBytes,
    );
  }
}

/**
 * `dW` is the input under the window, weighted by `dy`; `dx` is a convolution of `dy`, spread out by
 * the stride, with the filter turned round.
 */
export function depthwiseBackward(
  memory: TrainingMemory,
  shape: Depthwise,
  buffers: Omit<GradientBuffers, "y">,
): void {
  const { batch, inputSide, side, kernel, stride, channels } = shape;
  const { x, weights, dy, dWeights, dx, accumulates, scratch } = buffers;
  const { first, rowBytes, tapBytes } = middleOf(shape);
  const pixelBytes = channels * 4;
  const imageBytes = inputSide ** 2 * pixelBytes;
  const weigh = memory.kernels[depthwiseName("depthwiseWeights", kernel, stride)];
  const border = borderedImage(memory, shape, scratch);
  for (let image = 0; image < batch; image++) {
    border.fill(x + image * imageBytes);
    const dyImage = dy + image * side ** 2 * pixelBytes;
    weigh(
      scratch,
      border.rowBytes,
      dWeights + first,
      rowBytes,
      tapBytes,
      dyImage,
      side,
      side,
      pixelBytes,
    );
  }
  if (dx === null) return;

  const turned = scratch + largestImageFloats(shape) * 4;
  for (let tap = 0; tap < kernel ** 2; tap++) {
    const [row, column] = [Math.floor(tap / kernel), tap % kernel];
    const from = weights + first + row * rowBytes + column * tapBytes;
    floatsAt(memory, turned + (kernel ** 2 - 1 - tap) * pixelBytes, channels)
      .set(floatsAt(memory, from, channels));
  }
  const sum = turned + kernel ** 2 * pixelBytes;
  const spread = spreadGradient(memory, shape, scratch);
  const convolve = memory.kernels[depthwiseName("depthwise", kernel, 1)];
  for (let image = 0; image < batch; image++) {
    spread.fill(dy + image * side ** 2 * pixelBytes);
    const target = dx + image * imageBytes;
    const out = accumulates ? sum : target;
    convolve(
      scratch,
      spread.rowBytes,
      turned,
      kernel * pixelBytes,
      pixelBytes,
      out,
      inputSide,
      inputSide,
      pixelBytes,
    );
    if (accumulates) memory.kernels.add(target, sum, imageBytes);
  }
}

/** Room that a depthwise convolution and its gradient work in. */
export function depthwiseScratchFloats(shape: Depthwise): number {
  const { inputSide, kernel, channels } = shape;
  return largestImageFloats(shape) + (kernel ** 2 + inputSide ** 2) * channels;
}

/** An image with the border that either the convolution or its gradient needs. */
function largestImageFloats({ inputSide, kernel, channels }: Depthwise): number {
  return (inputSide + kernel) ** 2 * channels;
}

/** Where the middle of a larger filter begins, and its strides. */
function middleOf({ kernel, largestKernel, weightsStride }: Depthwise) {
  const tapBytes = weightsStride * 4;
  const rowBytes = largestKernel * tapBytes;
  const skipped = (largestKernel - kernel) / 2;
  return { first: skipped * (rowBytes + tapBytes), rowBytes, tapBytes };
}

function borderedImage(memory: TrainingMemory, shape: Depthwise, scratch: number) {
  const { inputSide, side, kernel, stride } = shape;
  const { before } = extentOf(shape);
  const extent = Math.max((side - 1) * stride + kernel, inputSide + before);
  return placed(memory, { ...shape, scratch, extent, side: inputSide, before, step: 1 });
}

function spreadGradient(memory: TrainingMemory, shape: Depthwise, scratch: number) {
  const { inputSide, side, kernel, stride } = shape;
  const before = kernel - 1 - extentOf(shape).before;
  const extent = inputSide + kernel - 1;
  return placed(memory, { ...shape, scratch, extent, side, before, step: stride });
}

function extentOf({ inputSide, kernel, stride }: Depthwise) {
  return windowExtent({ input: inputSide, filter: kernel, stride, padding: "SAME" });
}

/** A zeroed image into which smaller ones are put, always in the same places. */
function placed(
  memory: TrainingMemory,
  options: {
    readonly scratch: number;
    readonly extent: number;
    readonly channels: number;
    readonly side: number;
    readonly before: number;
    readonly step: number;
  },
) {
  const { scratch, extent, channels, side, before, step } = options;
  const pixelBytes = channels * 4;
  const rowBytes = extent * pixelBytes;
  floatsAt(memory, scratch, extent ** 2 * channels).fill(0);
  const first = scratch + before * (rowBytes + pixelBytes);
  return {
    rowBytes,
    fill: (image: number) =>
      memory.kernels.spread(
        image,
        first,
        side,
        side,
        pixelBytes,
        step * rowBytes,
        step * pixelBytes,
      ),
  };
}
