import type { ConvolutionBuffers, GradientBuffers } from "./dense_layers.ts";
import { type Borders, inputBorder } from "./depthwise_borders.ts";
import { floatsAt, type TrainingMemory } from "./training_memory.ts";

/**
 * A convolution over all channels with TensorFlow's padding SAME; weights are
 * `[taps][inputChannels][channels]`.
 */
export interface FullConvolution {
  /** Images. */
  readonly batch: number;
  /** Rows and columns of what it reads. */
  readonly inputRows: number;
  readonly inputColumns: number;
  /** Rows and columns of what it writes. */
  readonly rows: number;
  readonly columns: number;
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
  const { columns, channels } = shape;
  const rowBytes = channels * 4;
  forEachRow(memory, shape, {
    x,
    scratch,
    visit: ({ window, step, taps, firstTap, firstPixel, isFirst }) => {
      const [filter, to] = [weights + firstTap * rowBytes, y + firstPixel * rowBytes];
      const accumulates = isFirst ? 0 : 1;
      multiply(window, step, filter, rowBytes, to, rowBytes, columns, taps, channels, accumulates);
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
  const { columns, channels } = shape;
  const rowBytes = channels * 4;
  forEachRow(memory, shape, {
    x,
    scratch,
    visit: ({ window, step, taps, firstTap, firstPixel }) => {
      const [from, to] = [dy + firstPixel * rowBytes, dWeights + firstTap * rowBytes];
      multiplyTransposed(window, step, from, rowBytes, to, rowBytes, taps, columns, channels, 1);
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
  const { batch, rows, columns, kernel, stride, inputChannels } = shape;
  const borders = inputBorders(shape);
  const fill = bordered(memory, borders, { scratch, channels: inputChannels, images: x });
  const taps = kernel * inputChannels;
  const step = stride * inputChannels * 4;
  for (let i = 0; i < batch; i++) {
    fill(i);
    for (let row = 0; row < rows; row++) {
      for (let kh = 0; kh < kernel; kh++) {
        visit({
          window: scratch + (row * stride + kh) * borders.across.extent * inputChannels * 4,
          step,
          taps,
          firstTap: kh * taps,
          firstPixel: (i * rows + row) * columns,
          isFirst: kh === 0,
        });
      }
    }
  }
}

/** Room that a full convolution and its gradient work in. */
export function fullConvolutionScratchFloats(shape: FullConvolution): number {
  const { rows, columns, kernel, inputChannels, channels } = shape;
  const { down, across } = inputBorders(shape);
  const border = kernel - 1;
  return Math.max(
    down.extent * across.extent * inputChannels,
    (rows + border) * (columns + border) * channels + kernel ** 2 * inputChannels * channels,
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
  const { batch, inputRows, inputColumns, kernel, stride, inputChannels: k, channels: n } = shape;
  const border = (kernel - 1) / 2;
  const around = (inside: number) => ({ extent: inside + 2 * border, before: border, inside });
  const borders = { down: around(shape.rows), across: around(shape.columns) };
  const { extent } = borders.across;
  const fill = bordered(memory, borders, { scratch, channels: n, images: dy });
  const turned = scratch + borders.down.extent * extent * n * 4;
  const { down: { before: above }, across: { before } } = inputBorders(shape);
  const columns = Array.from({ length: Math.min(stride, inputColumns) }, (_, first) => {
    const taps = tapsOf(shape, first + before);
    return { first, taps, from: (first + before - taps[0]) / stride + border };
  });
  const tapBytes = n * k * 4;
  let placed = turned;
  const turnedRows = Array.from({ length: kernel }, (_, kh) =>
    columns.map(({ taps }) => {
      const address = placed;
      for (const kw of taps) {
        memory.kernels.transpose(weights + (kh * kernel + kw) * tapBytes, n * 4, placed, k, n);
        placed += tapBytes;
      }
      return address;
    }));
  for (let image = 0; image < batch; image++) {
    fill(image);
    for (let row = 0; row < inputRows; row++) {
      const to = dx + (image * inputRows + row) * inputColumns * k * 4;
      columns.forEach(({ first, taps, from }, column) => {
        const pixels = Math.ceil((inputColumns - first) / stride);
        tapsOf(shape, row + above).forEach((kh, i) => {
          const dyRow = (row + above - kh) / stride + border;
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

/** The input with its border, down and across. */
function inputBorders(shape: FullConvolution): Borders {
  const { inputRows, inputColumns, rows, columns, kernel, stride } = shape;
  const border = (input: number, output: number) => inputBorder({ input, output, kernel, stride });
  return { down: border(inputRows, rows), across: border(inputColumns, columns) };
}

/** Zeroes an image in `scratch`; the result puts one of smaller images into its middle. */
function bordered(
  memory: TrainingMemory,
  { down, across }: Borders,
  { scratch, channels, images }: {
    readonly scratch: number;
    readonly channels: number;
    readonly images: number;
  },
): (image: number) => void {
  const { floats } = memory;
  floatsAt(memory, scratch, down.extent * across.extent * channels).fill(0);
  const first = scratch / 4 + (down.before * across.extent + across.before) * channels;
  const rowFloats = across.inside * channels;
  return (image) => {
    for (let row = 0; row < down.inside; row++) {
      const from = images / 4 + (image * down.inside + row) * rowFloats;
      floats.copyWithin(first + row * across.extent * channels, from, from + rowFloats);
    }
  };
}
