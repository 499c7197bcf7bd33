import type { ConvolutionBuffers, GradientBuffers } from "./dense_layers.ts";
import {
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
  const borders = inputBorders(shape);
  const image = borderedImage(memory, borders, scratch);
  const filter = filterBlocks(memory, scratch + image.sizeBytes, {
    ...shape,
    weights,
    rowTaps: tapsForward(kernel),
    columnTaps: tapsForward(kernel),
  });
  memory.kernels[depthwiseKernelName(kernel, stride)](
    ...[x, image.place, inputRows, inputColumns, pixelBytes, batch],
    ...[scratch, image.rowBytes, borders.down.before, inputRows, filter.address, kernel],
    ...[y, columns * pixelBytes, pixelBytes, rows, columns, 0],
    ...[rows * columns * pixelBytes, filter.blockBytes],
  );
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
  const borders = inputBorders(shape);
  const image = borderedImage(memory, borders, scratch);
  memory.kernels[depthwiseWeightsName(kernel, stride)](
    ...[x, image.place, inputRows, inputColumns, pixelBytes, batch],
    ...[scratch, image.rowBytes, borders.down.before, inputRows],
    ...[dWeights + first, rowBytes, tapBytes, dy, pixelBytes, rows, columns],
    rows * columns * pixelBytes,
  );
}

function depthwiseInputBackward(
  memory: TrainingMemory,
  shape: Depthwise,
  buffers: Omit<GradientBuffers, "y"> & { readonly dx: number },
): void {
  const { weights, dy, dx, accumulates, scratch } = buffers;
  const { batch, inputRows, inputColumns, rows, columns, stride, channels } = shape;
  const pixelBytes = channels * 4;
  const { down, across } = linesOf(shape);
  const borders = gradientBorders(shape);
  const image = borderedImage(memory, borders, scratch);
  const columnPhases = phasesOf(across);
  for (const row of phasesOf(down)) {
    for (const column of columnPhases) {
      const filter = filterBlocks(memory, scratch + image.sizeBytes, {
        ...shape,
        weights,
        rowTaps: row,
        columnTaps: column,
      });
      const from = scratch + (row.from + borders.down.before) * image.rowBytes +
        (column.from + borders.across.before) * BLOCK_PIXEL_BYTES;
      const to = dx + (row.first * inputColumns + column.first) * pixelBytes;
      memory.kernels[depthwiseKernelName(column.count, 1)](
        ...[dy, image.place, rows, columns, pixelBytes, batch],
        ...[from, image.rowBytes, 0 - row.from, rows, filter.address, row.count],
        ...[to, stride * inputColumns * pixelBytes, stride * pixelBytes],
        ...[row.pixels, column.pixels, accumulates ? 1 : 0],
        ...[inputRows * inputColumns * pixelBytes, filter.blockBytes],
      );
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
