import { windowExtent } from "../../model/window.ts";
import type { ConvolutionBuffers, GradientBuffers } from "./dense_layers.ts";
import { floatsAt, type TrainingMemory } from "./training_memory.ts";

/**
 * A convolution over all channels with TensorFlow's padding SAME; weights are
 * `[taps][inputChannels][channels]`.
 */
export interface FullConvolution {
  /** Images. */
  readonly batch: number;
  /** Height and width of what it reads. */
  readonly inputSide: number;
  /** Height and width of what it writes. */
  readonly side: number;
  /** Side of its filter, odd. */
  readonly kernel: number;
  /** 1 or 2. */
  readonly stride: number;
  /** Channels read, a multiple of 4. */
  readonly inputChannels: number;
  /** Channels written, a multiple of 4. */
  readonly channels: number;
}

/**
 * Products of rows of pixels by rows of the filter. Pixels side by side lie one behind the other, so
 * that what a row of the filter covers is a row of the left operand already: im2col without copies.
 */
export function fullConvolutionForward(
  memory: TrainingMemory,
  shape: FullConvolution,
  { x, weights, y, scratch }: ConvolutionBuffers,
): void {
  const { multiply } = memory.kernels;
  const { side, channels } = shape;
  const rowBytes = channels * 4;
  forEachRow(memory, shape, {
    x,
    scratch,
    visit: ({ window, step, taps, firstTap, firstPixel, isFirst }) => {
      const [filter, to] = [weights + firstTap * rowBytes, y + firstPixel * rowBytes];
      const accumulates = isFirst ? 0 : 1;
      multiply(window, step, filter, rowBytes, to, rowBytes, side, taps, channels, accumulates);
    },
  });
}

/** `dW += x' dy` with the rows of the forward pass; `dx` gathers `dy` by the transposed filter. */
export function fullConvolutionBackward(
  memory: TrainingMemory,
  shape: FullConvolution,
  buffers: Omit<GradientBuffers, "y">,
): void {
  const { multiplyTransposed } = memory.kernels;
  const { x, dy, dWeights, dx, scratch } = buffers;
  const { side, channels } = shape;
  const rowBytes = channels * 4;
  forEachRow(memory, shape, {
    x,
    scratch,
    visit: ({ window, step, taps, firstTap, firstPixel }) => {
      const [from, to] = [dy + firstPixel * rowBytes, dWeights + firstTap * rowBytes];
      multiplyTransposed(window, step, from, rowBytes, to, rowBytes, taps, side, channels, 1);
    },
  });
  if (dx !== null) inputGradient(memory, shape, { ...buffers, dx });
}

/** A row of the output and a row of the filter that slides over the input for it. */
interface FilterRow {
  /** Address of what the first window has of the input, and bytes from one window to the next. */
  readonly window: number;
  readonly step: number;
  /** Values that the row of the filter covers, and how many come before them in the filter. */
  readonly taps: number;
  readonly firstTap: number;
  /** Pixels of the output before its row. */
  readonly firstPixel: number;
  /** Whether it is the first row of the filter. */
  readonly isFirst: boolean;
}

function forEachRow(
  memory: TrainingMemory,
  shape: FullConvolution,
  { x, scratch, visit }: {
    readonly x: number;
    readonly scratch: number;
    readonly visit: (row: FilterRow) => void;
  },
): void {
  const { batch, inputSide, side, kernel, stride, inputChannels } = shape;
  const extent = inputExtent(shape);
  const before = beforeOf(shape);
  const image = { scratch, extent, before, side: inputSide, channels: inputChannels, images: x };
  const fill = bordered(memory, image);
  const taps = kernel * inputChannels;
  const step = stride * inputChannels * 4;
  for (let i = 0; i < batch; i++) {
    fill(i);
    for (let row = 0; row < side; row++) {
      for (let kh = 0; kh < kernel; kh++) {
        visit({
          window: scratch + (row * stride + kh) * extent * inputChannels * 4,
          step,
          taps,
          firstTap: kh * taps,
          firstPixel: (i * side + row) * side,
          isFirst: kh === 0,
        });
      }
    }
  }
}

/** Room that a full convolution and its gradient work in. */
export function fullConvolutionScratchFloats(shape: FullConvolution): number {
  const { side, kernel, inputChannels, channels } = shape;
  return Math.max(
    inputExtent(shape) ** 2 * inputChannels,
    (side + kernel - 1) ** 2 * channels + kernel ** 2 * inputChannels * channels,
  );
}

/**
 * Input pixels of one row whose column has one remainder by the stride see the same columns of the
 * filter, and adjacent pixels of `dy`: a product for each row of the filter that meets the row.
 */
function inputGradient(
  memory: TrainingMemory,
  shape: FullConvolution,
  { dx, dy, weights, scratch, accumulates }: Omit<GradientBuffers, "y"> & { readonly dx: number },
): void {
  const { batch, inputSide, side, kernel, stride, inputChannels: k, channels: n } = shape;
  const border = (kernel - 1) / 2;
  const extent = side + 2 * border;
  const fill = bordered(memory, { scratch, extent, before: border, side, channels: n, images: dy });
  const turned = scratch + extent ** 2 * n * 4;
  const before = beforeOf(shape);
  const columns = Array.from({ length: Math.min(stride, inputSide) }, (_, first) => {
    const taps = tapsOf(shape, first + before);
    return { first, taps, from: (first + before - taps[0]) / stride + border };
  });
  const tapBytes = n * k * 4;
  let placed = turned;
  const turnedRows = Array.from({ length: kernel }, (_, kh) =>
    columns.map(({ taps }) => {
      const address = placed;
      for (const kw of taps) {
        transpose(memory, { from: weights + (kh * kernel + kw) * tapBytes, to: placed, k, n });
        placed += tapBytes;
      }
      return address;
    }));
  for (let image = 0; image < batch; image++) {
    fill(image);
    for (let row = 0; row < inputSide; row++) {
      const to = dx + (image * inputSide + row) * inputSide * k * 4;
      columns.forEach(({ first, taps, from }, column) => {
        const pixels = Math.ceil((inputSide - first) / stride);
        tapsOf(shape, row + before).forEach((kh, i) => {
          const dyRow = (row + before - kh) / stride + border;
          memory.kernels.multiply(
            scratch + (dyRow * extent + from) * n * 4,
            n * 4,
            turnedRows[kh][column],
            k * 4,
            to + first * k * 4,
            stride * k * 4,
            pixels,
            taps.length * n,
            k,
            accumulates || i > 0 ? 1 : 0,
          );
        });
      });
    }
  }
}

/** Taps that meet an input pixel at a place of the bordered image, the last first. */
function tapsOf({ kernel, stride }: FullConvolution, place: number): number[] {
  return Array.from({ length: kernel }, (_, i) => kernel - 1 - i)
    .filter((tap) => (place - tap) % stride === 0);
}

function transpose(
  { floats }: TrainingMemory,
  { from, to, k, n }: {
    readonly from: number;
    readonly to: number;
    readonly k: number;
    readonly n: number;
  },
): void {
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < n; j++) floats[to / 4 + j * k + i] = floats[from / 4 + i * n + j];
  }
}

/** Side of the bordered input. */
function inputExtent(shape: FullConvolution): number {
  const { inputSide, side, kernel, stride } = shape;
  return Math.max((side - 1) * stride + kernel, inputSide + beforeOf(shape));
}

function beforeOf({ inputSide, kernel, stride }: FullConvolution): number {
  return windowExtent({ input: inputSide, filter: kernel, stride, padding: "SAME" }).before;
}

/** Zeroes an image in `scratch`; the result puts one of smaller images into its middle. */
function bordered(
  memory: TrainingMemory,
  { scratch, extent, before, side, channels, images }: {
    readonly scratch: number;
    readonly extent: number;
    readonly before: number;
    readonly side: number;
    readonly channels: number;
    readonly images: number;
  },
): (image: number) => void {
  const { floats } = memory;
  floatsAt(memory, scratch, extent ** 2 * channels).fill(0);
  const first = scratch / 4 + before * (extent + 1) * channels;
  const rowFloats = side * channels;
  return (image) => {
    for (let row = 0; row < side; row++) {
      const from = images / 4 + (image * side + row) * rowFloats;
      floats.copyWithin(first + row * extent * channels, from, from + rowFloats);
    }
  };
}
