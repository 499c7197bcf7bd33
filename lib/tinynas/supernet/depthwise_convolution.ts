import type { ConvolutionBuffers, GradientBuffers } from "./dense_layers.ts";
import {
  borderBlocks,
  borderedImage,
  type Borders,
  type Depthwise,
  filterBlocks,
  gradientBorder,
  inputBorder,
  linesOf,
  middleOf,
  phasesOf,
  tapsForward,
} from "./depthwise_borders.ts";
import { BLOCK_PIXEL_BYTES } from "./kernels/depthwise_kernels.ts";
import { depthwiseKernelName, depthwiseWeightsName } from "./training_kernels.ts";
import type { TrainingMemory } from "./training_memory.ts";

/** Slides each channel's filter over its image. */
export function depthwiseForward(
  memory: TrainingMemory,
  shape: Depthwise,
  { x, weights, y, scratch }: ConvolutionBuffers,
): void {
  const { batch, inputRows, inputColumns, rows, columns, kernel, stride, channels } = shape;
  const pixelBytes = channels * 4;
  const blocks = borderBlocks(channels);
  const convolve = memory.kernels[depthwiseKernelName(kernel, stride)];
  const borders = inputBorders(shape);
  const image = borderedImage(memory, borders, { scratch, channels });
  const filter = filterBlocks(memory, scratch + image.sizeBytes, {
    ...shape,
    weights,
    rowTaps: tapsForward(kernel),
    columnTaps: tapsForward(kernel),
  });
  for (let i = 0; i < batch; i++) {
    for (const block of blocks) {
      image.fill(x + i * inputRows * inputColumns * pixelBytes, block);
      convolve(
        scratch,
        image.rowBytes,
        borders.down.before,
        inputRows,
        filter.at(block),
        kernel,
        y + i * rows * columns * pixelBytes + block.firstBytes,
        columns * pixelBytes,
        pixelBytes,
        rows,
        columns,
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
  const { batch, inputRows, inputColumns, rows, columns, kernel, stride, channels } = shape;
  const { first, rowBytes, tapBytes } = middleOf(shape);
  const pixelBytes = channels * 4;
  const blocks = borderBlocks(channels);
  const weigh = memory.kernels[depthwiseWeightsName(kernel, stride)];
  const borders = inputBorders(shape);
  const image = borderedImage(memory, borders, { scratch, channels });
  for (let i = 0; i < batch; i++) {
    for (const block of blocks) {
      image.fill(x + i * inputRows * inputColumns * pixelBytes, block);
      weigh(
        scratch,
        image.rowBytes,
        borders.down.before,
        inputRows,
        dWeights + first + block.firstBytes,
        rowBytes,
        tapBytes,
        dy + i * rows * columns * pixelBytes + block.firstBytes,
        pixelBytes,
        rows,
        columns,
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
  const { batch, inputRows, inputColumns, rows, columns, stride, channels } = shape;
  const pixelBytes = channels * 4;
  const blocks = borderBlocks(channels);
  const { down, across } = linesOf(shape);
  const borders = gradientBorders(shape);
  const image = borderedImage(memory, borders, { scratch, channels });
  let next = scratch + image.sizeBytes;
  const parts = phasesOf(down).flatMap((row) =>
    phasesOf(across).map((column) => {
      const taps = { rowTaps: row, columnTaps: column };
      const filter = filterBlocks(memory, next, { ...shape, weights, ...taps });
      next += filter.sizeBytes;
      const from = (row.from + borders.down.before) * image.rowBytes +
        (column.from + borders.across.before) * BLOCK_PIXEL_BYTES;
      const to = (row.first * inputColumns + column.first) * pixelBytes;
      const convolve = memory.kernels[depthwiseKernelName(column.count, 1)];
      return { row, column, filter, convolve, from: scratch + from, to };
    })
  );
  for (let i = 0; i < batch; i++) {
    for (const block of blocks) {
      image.fill(dy + i * rows * columns * pixelBytes, block);
      for (const { row, column, filter, convolve, from, to } of parts) {
        convolve(
          from,
          image.rowBytes,
          0 - row.from,
          rows,
          filter.at(block),
          row.count,
          dx + i * inputRows * inputColumns * pixelBytes + to + block.firstBytes,
          stride * inputColumns * pixelBytes,
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
  const pixels = [inputBorders(shape), gradientBorders(shape)].map(({ down, across }) =>
    down.extent * across.extent
  );
  return (Math.max(...pixels) + kernel ** 2 * blocks) * BLOCK_PIXEL_BYTES / 4;
}

function inputBorders(shape: Depthwise): Borders {
  const { down, across } = linesOf(shape);
  return { down: inputBorder(down), across: inputBorder(across) };
}

function gradientBorders(shape: Depthwise): Borders {
  const { down, across } = linesOf(shape);
  return {
    down: gradientBorder(down, phasesOf(down)),
    across: gradientBorder(across, phasesOf(across)),
  };
}
