import { windowExtent } from "../../model/window.ts";
import { BLOCK_PIXEL_BYTES } from "./kernels/depthwise_kernels.ts";
import { floatsAt, type TrainingMemory } from "./training_memory.ts";

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

/** Channels that are worked on together. */
interface Block {
  readonly firstBytes: number;
  readonly bytes: number;
}

export function borderBlocks(channels: number): readonly Block[] {
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

export function tapsForward(kernel: number): Taps {
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
export function phasesOf(shape: Depthwise): readonly Phase[] {
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

export function inputBorder(shape: Depthwise): Border {
  const { inputSide, side, kernel, stride, channels } = shape;
  const { before } = extentOf(shape);
  const extent = Math.max((side - 1) * stride + kernel, inputSide + before);
  return { extent, before, side: inputSide, channels };
}

export function gradientBorder({ side, channels }: Depthwise, phases: readonly Phase[]): Border {
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
export function borderedImage(memory: TrainingMemory, border: Border, scratch: number) {
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
export function filterBlocks(
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
  const blocks = borderBlocks(channels);
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
export function middleOf({ kernel, largestKernel, weightsStride }: Depthwise) {
  const tapBytes = weightsStride * 4;
  const rowBytes = largestKernel * tapBytes;
  const skipped = (largestKernel - kernel) / 2;
  return { first: skipped * (rowBytes + tapBytes), rowBytes, tapBytes };
}
