import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, max, min, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import { imagePlace, type RowStep } from "./image_place.ts";
import { forRange, type IndexRange, rangeOf } from "./index_range.ts";
import type { Area } from "./open_kernel.ts";
import { clipsRows, tapFrom, tapUntil } from "./window_taps.ts";

/** A row of the output: what its windows read, and where it is stored. */
export interface WindowRow {
  /** Rows of taps on the image, at most as many as there are taps, at least none. */
  readonly taps: IndexRange;
  /** Where column 0 lies, or would lie, in the row of the first of these taps. */
  readonly x: Value;
  /** From each row of taps to the next. */
  readonly step: RowStep;
  /** Where column 0 of the output lies, or would lie. */
  readonly y: Value;
  /** Columns to compute. */
  readonly columns: IndexRange;
}

/** The rows of a layer with windows. */
export interface WindowRows {
  readonly layer: Layer;
  readonly window: SlidingWindow;
  readonly area: Area | null;
  /** Rows of all images, counted through; in a segment the area's are taken. */
  readonly lines: IndexRange;
  readonly isReverse: boolean;
}

/** Goes over the rows of the output, in order or in reverse. */
export function forWindowRows(
  b: KernelBuilder,
  { layer: { inputs: [input], outputs: [output] }, window, area, lines, isReverse }: WindowRows,
  body: (row: WindowRow) => void,
): void {
  const { batches, outputHeight, inputHeight, strideH, dilationH } = window;
  const [from, to] = [
    imagePlace(b, input!, { area, width: window.inputWidth, pixelBytes: window.inputPixelBytes }),
    imagePlace(b, output, { area, width: window.outputWidth, pixelBytes: window.outputPixelBytes }),
  ];
  const columns = area?.columns ?? rangeOf(0, window.outputWidth);
  const anchor = anchorOf(b, window, columns.from);
  const range = area?.rows ?? lines;
  forRange(b, { name: "row", range, isReverse }, (line) => {
    const image = batches === 1 ? 0 : b.let("image", apply("i32.div_u", [line, outputHeight]));
    const row = sub(line, mul(image, outputHeight));
    const top = b.let("top", sub(mul(row, strideH), window.top));
    const taps = rowTaps(b, window, top);
    const first = add(mul(image, inputHeight), add(top, mul(taps.from, dilationH)));
    body({
      taps,
      x: b.let("x_line", from.lineOf(first, anchor)),
      step: from.stepOf(dilationH, anchor),
      y: b.let("y_line", to.lineOf(line, columns.from)),
      columns,
    });
  });
}

/** The first column of the image that the windows from a column of the output on read. */
function anchorOf(b: KernelBuilder, window: SlidingWindow, column: Value): Value {
  const { strideW, left, dilationW } = window;
  const leftmost = sub(mul(column, strideW), left);
  if (left === 0) return leftmost;
  const begin = b.let("leftmost", leftmost);
  return b.let("anchor", add(begin, mul(tapFrom(begin, dilationW), dilationW)));
}

function rowTaps(b: KernelBuilder, window: SlidingWindow, top: Value): IndexRange {
  const { dilationH, inputHeight, kernelHeight } = window;
  if (!clipsRows(window)) return rangeOf(0, kernelHeight);
  const reach = { extent: inputHeight, dilation: dilationH, taps: kernelHeight };
  const from = b.let("kh_from", min(kernelHeight, b.let("kh_first", tapFrom(top, dilationH))));
  const end = b.let("kh_end", tapUntil(top, reach));
  return { from, until: b.let("kh_until", max(from, end)) };
}
