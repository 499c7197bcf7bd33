import { throwIfStopped } from "../../host.ts";

/**
 * How an operator goes through its data: output units in row-major order, image after image, and the
 * window of input units that each of them reads, clipped to the image.
 */
export interface Windows {
  readonly images: number;
  /** Output. */
  readonly rows: number;
  readonly columns: number;
  /** Input. */
  readonly height: number;
  readonly width: number;
  readonly tapsH: number;
  readonly tapsW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  /** Rows above the image at which the first window begins. */
  readonly top: number;
  readonly left: number;
}

/** Where units lie, and when they are stored: `group` of them at a time, but for the last bytes. */
export interface Stores {
  /** Address of the input. */
  readonly inputByte: number;
  /** Bytes of an input unit. */
  readonly inputBytes: number;
  readonly outputByte: number;
  readonly outputBytes: number;
  /** Units computed together. */
  readonly group: number;
  /** Bytes at the end of a group that are stored after everything is read. */
  readonly lagBytes: number;
}

/** Output units, of all images. */
export function unitsOf({ images, rows, columns }: Windows): number {
  return images * rows * columns;
}

/**
 * The first byte that is read after something was stored on it, null if there is none: loops run forward, so that unit
 * u is read when bytes `[0, (floor(u / group) + 1) group o - lag)` of the output are stored. What is
 * read and what is stored both are lines in row and column, which is why rows are asked together, and
 * one by one only where that leaves a doubt.
 */
export function overwritten(windows: Windows, stores: Stores): number | null {
  const { tapsH, tapsW, dilationH, dilationW, rows, columns, height, width } = windows;
  const { strideH, strideW, top, left, images } = windows;
  // Taps that never touch the image read nothing.
  const touching = (taps: number, dilation: number, before: number, last: number, input: number) =>
    [
      Math.max(0, Math.ceil((before - last) / dilation)),
      Math.min(taps - 1, Math.floor((input - 1 + before) / dilation)),
    ] as const;
  const [firstRow, lastRow] = touching(tapsH, dilationH, top, (rows - 1) * strideH, height);
  const [firstColumn, lastColumn] = dilationW === 1
    ? [0, 0]
    : touching(tapsW, dilationW, left, (columns - 1) * strideW, width);
  for (let i = firstRow; i <= lastRow; i++) {
    throwIfStopped();
    const ahead = i * dilationH - top;
    const tall = between(rows, strideH, { ahead, reach: 1, input: height });
    if (tall === null) continue;
    for (let j = firstColumn; j <= lastColumn; j++) {
      // Without dilation the taps of a row lie side by side.
      const reach = dilationW === 1 ? tapsW : 1;
      const tap = { ahead: j * dilationW - left, reach };
      const wide = between(columns, strideW, { ...tap, input: width });
      if (wide === null) continue;
      const line = { windows, stores, rowAhead: ahead, ...tap };
      const box = { image: [0, images - 1], row: tall, column: wide } as const;
      const byte = searchBox(line, box);
      if (byte !== null) return byte;
    }
  }
  return null;
}

type Range = readonly [first: number, last: number];

/** The windows of which a tap, or `reach` taps side by side, touches the input; null if none does. */
function between(
  windows: number,
  stride: number,
  { ahead, reach, input }: {
    readonly ahead: number;
    readonly reach: number;
    readonly input: number;
  },
): Range | null {
  const first = Math.max(0, Math.floor((-ahead - reach) / stride) + 1);
  const last = Math.min(windows - 1, Math.ceil((input - ahead) / stride) - 1);
  return first <= last ? [first, last] : null;
}

/** A row of taps. */
interface TapLine {
  readonly windows: Windows;
  readonly stores: Stores;
  /** Input row less what stride makes of the output row. */
  readonly rowAhead: number;
  /** The same for columns. */
  readonly ahead: number;
  readonly reach: number;
}

interface Box {
  readonly image: Range;
  readonly row: Range;
  readonly column: Range;
}

function searchBox(line: TapLine, box: Box): number | null {
  if (isSafe(line, box)) return null;
  for (const side of ["image", "row"] as const) {
    const [first, last] = box[side];
    if (first === last) continue;
    const middle = Math.floor((first + last) / 2);
    return searchBox(line, { ...box, [side]: [first, middle] }) ??
      searchBox(line, { ...box, [side]: [middle + 1, last] });
  }
  return searchRow(line, { image: box.image[0], row: box.row[0], column: box.column });
}

/** Input unit at which the row of taps begins that a row of outputs reads. */
function lineStart({ windows, rowAhead }: TapLine, image: number, row: number): number {
  const { height, width, strideH } = windows;
  return (image * height + row * strideH + rowAhead) * width;
}

/** Whether all is read before, or lies below what is stored, by the corners of the box. */
function isSafe(line: TapLine, { image, row, column }: Box): boolean {
  const { windows, stores, ahead, reach } = line;
  const { width, strideW, rows, columns } = windows;
  const { inputByte, inputBytes, outputByte, outputBytes, group, lagBytes } = stores;
  const end = lineStart(line, image[1], row[1]) +
    Math.min(width, column[1] * strideW + ahead + reach);
  if (inputByte + end * inputBytes <= outputByte) return true;
  const start = lineStart(line, image[0], row[0]) + Math.max(0, column[0] * strideW + ahead);
  const allBytes = unitsOf(windows) * outputBytes - lagBytes;
  if (inputByte + start * inputBytes >= outputByte + allBytes) return true;
  let least = Infinity;
  for (const b of image) {
    for (const y of row) {
      // Begins of windows do not fall below the row: the line has a bend there.
      const bend = clamp(Math.ceil(-ahead / strideW), column);
      for (const x of [...column, bend, clamp(bend - 1, column)]) {
        const unit = (b * rows + y) * columns + x;
        const read = lineStart(line, b, y) + Math.max(0, x * strideW + ahead);
        const stored = (unit + group) * outputBytes - lagBytes;
        least = Math.min(least, inputByte + read * inputBytes - outputByte - stored);
      }
    }
  }
  return least >= 0;
}

function clamp(value: number, [first, last]: Range): number {
  return Math.min(last, Math.max(first, value));
}

/** One row of outputs, exactly: within each stretch the first window, and the first of each group. */
function searchRow(
  line: TapLine,
  { image, row, column }: { readonly image: number; readonly row: number; readonly column: Range },
): number | null {
  const { windows, stores, ahead, reach } = line;
  const { width, strideW, rows, columns } = windows;
  const { inputByte, inputBytes, outputByte, outputBytes, group, lagBytes } = stores;
  const start = lineStart(line, image, row);
  const firstUnit = (image * rows + row) * columns;
  const count = unitsOf(windows);
  const reached = (outputByte - inputByte) / inputBytes - start;
  if (width <= reached) return null;
  // Windows that end above the output's begin, once anything is stored at all.
  const first = Math.max(
    column[0],
    Math.floor((reached - ahead - reach) / strideW) + 1,
    Math.floor(lagBytes / (group * outputBytes)) * group - firstUnit,
  );
  const [, last] = column;
  const bend = clamp(Math.ceil(-ahead / strideW), [first, last + 1]);
  for (const [from, to] of [[first, bend - 1], [bend, last]]) {
    if (from > to) continue;
    const startOf = (unit: number) => Math.floor(unit / group) * group - firstUnit;
    const lastStart = startOf(firstUnit + to);
    const turns = [from, startOf(firstUnit + from) + group, lastStart, lastStart - group];
    for (const x of turns) {
      if (x < from || x > to) continue;
      const unit = firstUnit + x;
      const done = Math.min((Math.floor(unit / group) + 1) * group, count);
      const read = inputByte + (start + Math.max(0, x * strideW + ahead)) * inputBytes;
      const stored = done * outputBytes - lagBytes;
      if (stored > 0 && read < outputByte + stored) return Math.max(read, outputByte);
    }
  }
  return null;
}

/** The same windows seen from the other end. */
export function mirrored(windows: Windows): Windows {
  const { rows, columns, height, width, tapsH, tapsW, top, left } = windows;
  const { strideH, strideW, dilationH, dilationW } = windows;
  return {
    ...windows,
    top: (rows - 1) * strideH + (tapsH - 1) * dilationH + 1 - top - height,
    left: (columns - 1) * strideW + (tapsW - 1) * dilationW + 1 - left - width,
  };
}
