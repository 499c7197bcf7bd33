import { windowExtent } from "../../model/window.ts";
import type { ConvolutionBuffers, GradientBuffers } from "./dense_layers.ts";
import { BLOCK_PIXEL_BYTES } from "./kernels/depthwise_kernels.ts";
import {
  depthwiseKernelName,
  depthwiseWeightsName,
  floatsAt,
  type TrainingMemory,
} from "./training_memory.ts";

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

/** Slides each channel's filter over its image. */
export function depthwiseForward(
  memory: TrainingMemory,
  shape: Depthwise,
  { x, weights, y, scratch }: ConvolutionBuffers,
): void {
  const { batch, inputSide, side, kernel, stride, channels } = shape;
  const pixelBytes = channels * 4;
  const blocks = blocksOf(channels);
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
  const blocks = blocksOf(channels);
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
  const blocks = blocksOf(channels);
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

/** Channels that are worked on together. */
interface Block {
  readonly firstBytes: number;
  readonly bytes: number;
}

function blocksOf(channels: number): readonly Block[] {
  const pixelBytes = channels * 4;
  return Array.from({ length: Math.ceil(pixelBytes / BLOCK_PIXEL_BYTES) }, (_, i) => {
    const firstBytes = i * BLOCK_PIXEL_BYTES;
    return { firstBytes, bytes: Math.min(BLOCK_PIXEL_BYTES, pixelBytes - firstBytes) };
  });
}

/** Which taps of a filter are used along one side, in order; a negative step turns them round. */
interface Taps {
  readonly firstTap: number;
  readonly step: number;
  readonly count: number;
}

function tapsForward(kernel: number): Taps {
  return { firstTap: 0, step: 1, count: kernel };
}

/**
 * Along one side, the pixels of the input that meet the same taps: those for which `i + before` has
 * the same remainder by the stride.
 */
interface Phase extends Taps {
  /** First of the pixels; the others follow in steps of the stride. */
  readonly first: number;
  readonly pixels: number;
  /** Pixel of the output under the first tap, for the first of the pixels. */
  readonly from: number;
}

/**
 * As `dx[i]` is the sum of `dy[o] w[i + before - o stride]`, phase `r` has the taps `r`, `r + stride`
 * and so on, and the last of them meets the first `o`.
 */
function phasesOf(shape: Depthwise): readonly Phase[] {
  const { inputSide, kernel, stride } = shape;
  const { before } = extentOf(shape);
  return Array.from({ length: stride }, (_, phase) => {
    const count = Math.ceil((kernel - phase) / stride);
    const first = (phase + before * (stride - 1)) % stride;
    return {
      firstTap: phase + (count - 1) * stride,
      step: -stride,
      count,
      first,
      pixels: Math.ceil((inputSide - first) / stride),
      from: (first + before - phase) / stride - (count - 1),
    };
  });
}

/** An image with zeros around it. */
interface Border {
  /** Height and width with the zeros. */
  readonly extent: number;
  /** Zeros before. */
  readonly before: number;
  /** Height and width without. */
  readonly side: number;
  readonly channels: number;
}

function inputBorder(shape: Depthwise): Border {
  const { inputSide, side, kernel, stride, channels } = shape;
  const { before } = extentOf(shape);
  const extent = Math.max((side - 1) * stride + kernel, inputSide + before);
  return { extent, before, side: inputSide, channels };
}

function gradientBorder({ side, channels }: Depthwise, phases: readonly Phase[]): Border {
  const before = Math.max(...phases.map(({ from }) => -from));
  const last = Math.max(
    side,
    ...phases.map(({ from, pixels, count }) => from + pixels - 1 + count),
  );
  return { extent: before + last, before, side, channels };
}

function extentOf({ inputSide, kernel, stride }: Depthwise) {
  return windowExtent({ input: inputSide, filter: kernel, stride, padding: "SAME" });
}

/** A zeroed image of a block of channels, into which smaller ones are put. */
function borderedImage(memory: TrainingMemory, border: Border, scratch: number) {
  const { extent, before, side, channels } = border;
  const rowBytes = extent * BLOCK_PIXEL_BYTES;
  const sizeBytes = extent * rowBytes;
  floatsAt(memory, scratch, sizeBytes / 4).fill(0);
  const first = scratch + before * (rowBytes + BLOCK_PIXEL_BYTES);
  const pixelBytes = channels * 4;
  return {
    rowBytes,
    sizeBytes,
    fill: (image: number, { firstBytes, bytes }: Block) =>
      memory.kernels.copyPixels(
        image + firstBytes,
        side * pixelBytes,
        pixelBytes,
        first,
        rowBytes,
        BLOCK_PIXEL_BYTES,
        side,
        side,
        bytes,
      ),
  };
}

/** Copies taps of the middle of a larger filter, block by block of channels. */
function filterBlocks(
  memory: TrainingMemory,
  to: number,
  options: Depthwise & {
    readonly weights: number;
    readonly rows: Taps;
    readonly columns: Taps;
  },
) {
  const { weights, channels, rows, columns } = options;
  const { first, rowBytes, tapBytes } = middleOf(options);
  const from = weights + first + rows.firstTap * rowBytes + columns.firstTap * tapBytes;
  const blockBytes = rows.count * columns.count * BLOCK_PIXEL_BYTES;
  const blocks = blocksOf(channels);
  const at = ({ firstBytes }: Block) => to + firstBytes / BLOCK_PIXEL_BYTES * blockBytes;
  for (const block of blocks) {
    memory.kernels.copyPixels(
      from + block.firstBytes,
      rows.step * rowBytes,
      columns.step * tapBytes,
      at(block),
      columns.count * BLOCK_PIXEL_BYTES,
      BLOCK_PIXEL_BYTES,
      rows.count,
      columns.count,
      block.bytes,
    );
  }
  return { at, sizeBytes: blocks.length * blockBytes };
}

/** Where the middle of a larger filter begins, and its strides. */
function middleOf({ kernel, largestKernel, weightsStride }: Depthwise) {
  const tapBytes = weightsStride * 4;
  const rowBytes = largestKernel * tapBytes;
  const skipped = (largestKernel - kernel) / 2;
  return { first: skipped * (rowBytes + tapBytes), rowBytes, tapBytes };
}
