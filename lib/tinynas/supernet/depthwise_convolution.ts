import type { ConvolutionBuffers, GradientBuffers } from "./dense_layers.ts";
import {
  borderBlocks,
  borderedImage,
  type Depthwise,
  filterBlocks,
  gradientBorder,
  inputBorder,
  middleOf,
  phasesOf,
  tapsForward,
} from "./depthwise_borders.ts";
import { BLOCK_PIXEL_BYTES } from "./kernels/depthwise_kernels.ts";
import {
  depthwiseKernelName,
  depthwiseWeightsName,
  type TrainingMemory,
} from "./training_memory.ts";

/** Slides each channel's filter over its image. */
export function depthwiseForward(
  memory: TrainingMemory,
  shape: Depthwise,
  { x, weights, y, scratch }: ConvolutionBuffers,
): void {
  const { batch, inputSide, side, kernel, stride, channels } = shape;
  const pixelBytes = channels * 4;
  const blocks = borderBlocks(channels);
  const convolve = memory.kernels[depthwiseKernelName(kernel, stride)];
  const border = inputBorder(shape);
  const { before } = border;
  const image = borderedImage(memory, border, scratch);
  const filter = filterBlocks(memory, scratch + image.sizeBytes, {
    ...shape,
    weights,
    rows: tapsForward(kernel),
    columns: tapsForward(kernel),
  });
  for (let i = 0; i < batch; i++) {
    for (const block of blocks) {
      image.fill(x + i * inputSide ** 2 * pixelBytes, block);
      convolve(
        scratch,
        image.rowBytes,
        before,
        inputSide,
        filter.at(block),
        kernel,
        y + i * side ** 2 * pixelBytes + block.firstBytes,
        side * pixelBytes,
        pixelBytes,
        side,
        side,
        block.bytes,
        0,
      );
    }
  }
}

/**
 * `dW` is the input under the window, weighted by `dy`. `dx` is a convolution of `dy` with the filter
 * turned round; with stride 2 there are four, as pixels of even and odd rows and columns meet
 * different taps.
 */
export function depthwiseBackward(
  memory: TrainingMemory,
  shape: Depthwise,
  buffers: Omit<GradientBuffers, "y">,
): void {
  depthwiseWeightsBackward(memory, shape, buffers);
  const { dx } = buffers;
  if (dx !== null) depthwiseInputBackward(memory, shape, { ...buffers, dx });
}

function depthwiseWeightsBackward(
  memory: TrainingMemory,
  shape: Depthwise,
  { x, dy, dWeights, scratch }: Omit<GradientBuffers, "y">,
): void {
  const { batch, inputSide, side, kernel, stride, channels } = shape;
  const { first, rowBytes, tapBytes } = middleOf(shape);
  const pixelBytes = channels * 4;
  const blocks = borderBlocks(channels);
  const weigh = memory.kernels[depthwiseWeightsName(kernel, stride)];
  const border = inputBorder(shape);
  const { before } = border;
  const image = borderedImage(memory, border, scratch);
  for (let i = 0; i < batch; i++) {
    for (const block of blocks) {
      image.fill(x + i * inputSide ** 2 * pixelBytes, block);
      weigh(
        scratch,
        image.rowBytes,
        before,
        inputSide,
        dWeights + first + block.firstBytes,
        rowBytes,
        tapBytes,
        dy + i * side ** 2 * pixelBytes + block.firstBytes,
        pixelBytes,
        side,
        side,
        block.bytes,
      );
    }
  }
}

function depthwiseInputBackward(
  memory: TrainingMemory,
  shape: Depthwise,
  buffers: Omit<GradientBuffers, "y"> & { readonly dx: number },
): void {
  const { weights, dy, dx, accumulates, scratch } = buffers;
  const { batch, inputSide, side, stride, channels } = shape;
  const pixelBytes = channels * 4;
  const blocks = borderBlocks(channels);
  const phases = phasesOf(shape);
  const border = gradientBorder(shape, phases);
  const image = borderedImage(memory, border, scratch);
  let next = scratch + image.sizeBytes;
  const parts = phases.flatMap((row) =>
    phases.map((column) => {
      const filter = filterBlocks(memory, next, { ...shape, weights, rows: row, columns: column });
      next += filter.sizeBytes;
      const from = (row.from + border.before) * image.rowBytes +
        (column.from + border.before) * BLOCK_PIXEL_BYTES;
      const to = (row.first * inputSide + column.first) * pixelBytes;
      const convolve = memory.kernels[depthwiseKernelName(column.count, 1)];
      return { row, column, filter, convolve, from: scratch + from, to };
    })
  );
  for (let i = 0; i < batch; i++) {
    for (const block of blocks) {
      image.fill(dy + i * side ** 2 * pixelBytes, block);
      for (const { row, column, filter, convolve, from, to } of parts) {
        convolve(
          from,
          image.rowBytes,
          -row.from,
          side,
          filter.at(block),
          row.count,
          dx + i * inputSide ** 2 * pixelBytes + to + block.firstBytes,
          stride * inputSide * pixelBytes,
          stride * pixelBytes,
          row.pixels,
          column.pixels,
          block.bytes,
          accumulates ? 1 : 0,
        );
      }
    }
  }
}

/** Room that a depthwise convolution and its gradient work in. */
export function depthwiseScratchFloats(shape: Depthwise): number {
  const { kernel, channels } = shape;
  const blocks = Math.ceil(channels * 4 / BLOCK_PIXEL_BYTES);
  const extents = [inputBorder(shape), gradientBorder(shape, phasesOf(shape))].map((border) =>
    border.extent
  );
  return (Math.max(...extents) ** 2 + kernel ** 2 * blocks) * BLOCK_PIXEL_BYTES / 4;
}
