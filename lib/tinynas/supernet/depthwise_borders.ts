import { windowExtent } from "../../model/window.ts";
import { BLOCK_PIXEL_BYTES } from "./kernels/depthwise_kernels.ts";
import type { TrainingMemory } from "./training_memory.ts";

/** A depthwise convolution with TensorFlow's padding SAME. */
export interface Depthwise {
  /** Images. */
  readonly batch: number;
  /** Rows and columns of what it reads. */
  readonly inputRows: number;
  readonly inputColumns: number;
  /** Rows and columns of what it writes. */
  readonly rows: number;
  readonly columns: number;
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

/** One of its two directions. */
export interface DepthwiseLine {
  /** Pixels read. */
  readonly input: number;
  /** Pixels written. */
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
}

/** Down and across. */
export function linesOf(
  { inputRows, inputColumns, rows, columns, kernel, stride }: Depthwise,
): { readonly down: DepthwiseLine; readonly across: DepthwiseLine } {
  return {
    down: { input: inputRows, output: rows, kernel, stride },
    across: { input: inputColumns, output: columns, kernel, stride },
  };
}

/** Channels that are worked on together. */
interface Block {
  readonly firstBytes: number;
  readonly bytes: number;
}

function borderBlocks(channels: number): readonly Block[] {
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
export function phasesOf(line: DepthwiseLine): readonly Phase[] {
  const { input, kernel, stride } = line;
  const { before } = extentOf(line);
  return Array.from({ length: stride }, (_, phase) => {
    const count = Math.ceil((kernel - phase) / stride);
    const first = (phase + before * (stride - 1)) % stride;
    return {
      firstTap: phase + (count - 1) * stride,
      step: -stride,
      count,
      first,
      pixels: Math.ceil((input - first) / stride),
      from: (first + before - phase) / stride - (count - 1),
    };
  });
}

/** Pixels of one direction with zeros around them. */
interface Border {
  /** Pixels with the zeros. */
  readonly extent: number;
  /** Zeros before. */
  readonly before: number;
  /** Pixels without. */
  readonly inside: number;
}

/** The borders of an image, down and across. */
export interface Borders {
  readonly down: Border;
  readonly across: Border;
}

export function inputBorder(line: DepthwiseLine): Border {
  const { input, output, kernel, stride } = line;
  const { before } = extentOf(line);
  const extent = Math.max((output - 1) * stride + kernel, input + before);
  return { extent, before, inside: input };
}

export function gradientBorder({ output }: DepthwiseLine, phases: readonly Phase[]): Border {
  const before = Math.max(...phases.map(({ from }) => -from));
  const last = Math.max(
    output,
    ...phases.map(({ from, pixels, count }) => from + pixels - 1 + count),
  );
  return { extent: before + last, before, inside: output };
}

function extentOf({ input, kernel, stride }: DepthwiseLine) {
  return windowExtent({ input, filter: kernel, stride, padding: "SAME" });
}

/** A zeroed image of a block of channels, into which smaller ones are put at `place`. */
export function borderedImage(
  memory: TrainingMemory,
  { down, across }: Borders,
  scratch: number,
) {
  const rowBytes = across.extent * BLOCK_PIXEL_BYTES;
  const sizeBytes = down.extent * rowBytes;
  memory.floats.fill(0, scratch / 4, (scratch + sizeBytes) / 4);
  const place = scratch + down.before * rowBytes + across.before * BLOCK_PIXEL_BYTES;
  return { rowBytes, sizeBytes, place };
}

/** Copies taps of the middle of a larger filter, block by block of channels. */
export function filterBlocks(
  memory: TrainingMemory,
  to: number,
  options: Depthwise & {
    readonly weights: number;
    readonly rowTaps: Taps;
    readonly columnTaps: Taps;
  },
) {
  const { weights, channels, rowTaps, columnTaps } = options;
  const { first, rowBytes, tapBytes } = middleOf(options);
  const from = weights + first + rowTaps.firstTap * rowBytes + columnTaps.firstTap * tapBytes;
  const blockBytes = rowTaps.count * columnTaps.count * BLOCK_PIXEL_BYTES;
  const blocks = borderBlocks(channels);
  blocks.forEach(({ firstBytes, bytes }, block) =>
    memory.kernels.copyPixels(
      from + firstBytes,
      rowTaps.step * rowBytes,
      columnTaps.step * tapBytes,
      to + block * blockBytes,
      columnTaps.count * BLOCK_PIXEL_BYTES,
      BLOCK_PIXEL_BYTES,
      rowTaps.count,
      columnTaps.count,
      bytes,
    )
  );
  return { address: to, blockBytes, sizeBytes: blocks.length * blockBytes };
}

/** Where the middle of a larger filter begins, and its strides. */
export function middleOf({ kernel, largestKernel, weightsStride }: Depthwise) {
  const tapBytes = weightsStride * 4;
  const rowBytes = largestKernel * tapBytes;
  const skipped = (largestKernel - kernel) / 2;
  return { first: skipped * (rowBytes + tapBytes), rowBytes, tapBytes };
}
