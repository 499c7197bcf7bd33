import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../../kernel/values.ts";
import { forRange, type IndexRange, rangeOf } from "../walk/index_range.ts";
import type { Area } from "../walk/open_kernel.ts";
import { forWindowRows, type WindowRows } from "../walk/window_rows.ts";
import { tapFrom, tapUntil } from "../walk/window_taps.ts";
import type { Numbers } from "./layer_numbers.ts";
import type { WindowNumbers } from "./window_layer.ts";

/** Output pixels next to each other, and where their windows lie. */
export interface Pixels {
  readonly count: number;
  /** Row and column of the first one's tap (0, 0); outside of the image in padding. */
  readonly row: Value;
  readonly column: Value;
  /** Where that tap lies. */
  readonly x: Value;
  /** First element of the first one. */
  readonly y: Value;
  /** Taps that may fall on the image. */
  readonly rows: IndexRange;
  readonly columns: IndexRange;
  /** How to go from row to row of taps with a pointer that was made from `x`. */
  readonly tapRows: (x: Value) => TapRows;
}

/** A pointer into the rows of taps, from the first of them on. */
export interface TapRows {
  /** Where it points to in row `kh` of the taps, whose turn it is. */
  readonly at: (kh: Value) => Value;
  /** Ends the turn of a row. */
  readonly goOn: () => void;
}

/** A layer of a segment, and what a call computes of it. */
export type SegmentRows = Pick<WindowRows, "layer" | "window"> & { readonly area: Area };

/** How the loops go over the output. */
export interface PixelOrder {
  /** Rows of all images, counted through. */
  readonly lines: IndexRange;
  readonly isReverse: boolean;
  /** Pixels of a line that are handed over together. */
  readonly atOnce: number;
  /** Whether the taps that fall on the image are worked out, or all taps are handed over. */
  readonly clips: boolean;
  /** Of a layer in a segment what a call computes; its pixels come one by one. */
  readonly segment: SegmentRows | null;
}

/** Calls `body` for the output's pixels in order. */
export function forPixels(
  b: KernelBuilder,
  n: Numbers<WindowNumbers>,
  { lines, isReverse, atOnce, clips, segment }: PixelOrder,
  body: (pixels: Pixels) => void,
): void {
  const meets = meetsPadding(n);
  const clipped = (axis: "rows" | "columns", begin: Value): IndexRange => {
    const [extent, dilation, taps] = axis === "rows"
      ? [n.inputHeight, n.dilationH, n.kernelHeight]
      : [n.inputWidth, n.dilationW, n.kernelWidth];
    if (!clips || !meets[axis]) return rangeOf(0, taps);
    return {
      from: b.let(`${axis}_from`, tapFrom(begin, dilation)),
      until: b.let(`${axis}_until`, tapUntil(begin, { extent, dilation, taps })),
    };
  };
  if (segment !== null) {
    return forWindowRows(b, { ...segment, lines, isReverse }, ({ taps, x, step, y, columns }) => {
      forRange(b, { name: "pixel", range: columns, isReverse }, (index) => {
        const column = b.let("column", sub(mul(index, n.strideW), n.left));
        body({
          count: 1,
          row: constant(0),
          column,
          x: b.let("x", add(x, mul(column, n.pixelBytes))),
          y: b.let("y", add(y, mul(index, n.outputPixelBytes))),
          rows: taps,
          columns: clipped("columns", column),
          tapRows: (pointer) => {
            const row = b.let("x_row", pointer);
            return { at: () => row, goOn: step.mover(row, x) };
          },
        });
      });
    });
  }
  forRange(b, { name: "line", range: lines, isReverse }, (line) => {
    const isOneImage = constantOf(n.batches) === 1;
    const image = isOneImage
      ? constant(0)
      : b.let("image", apply("i32.div_u", [line, n.outputHeight]));
    const ownLine = sub(line, mul(image, n.outputHeight));
    const row = b.let("row", sub(mul(ownLine, n.strideH), n.top));
    const rows = clipped("rows", row);
    const from = add(add(n.input, mul(image, n.imageBytes)), mul(row, n.lineBytes));
    const x = b.let("x_line", from);
    const y = b.let("y_line", add(n.output, mul(line, n.outputLineBytes)));
    const at = (index: Value, count: number) => {
      const column = b.let("column", sub(mul(index, n.strideW), n.left));
      body({
        count,
        row,
        column,
        x: b.let("x", add(x, mul(column, n.pixelBytes))),
        y: b.let("y", add(y, mul(index, n.outputPixelBytes))),
        rows,
        columns: clipped("columns", column),
        tapRows: (pointer) => ({
          at: (kh) => add(pointer, mul(mul(kh, n.dilationH), n.lineBytes)),
          goOn: () => {},
        }),
      });
    };
    const rest = atOnce === 1 ? 0 : Number(constantOf(n.outputWidth)) % atOnce;
    const whole = atOnce === 1
      ? rangeOf(0, n.outputWidth)
      : rangeOf(0, (Number(constantOf(n.outputWidth)) - rest) / atOnce);
    const parts = [
      () =>
        forRange(b, { name: "pixel", range: whole, isReverse }, (index) => (
          at(mul(index, atOnce), atOnce)
        )),
      () => {
        if (rest > 0) at(sub(n.outputWidth, rest), rest);
      },
    ];
    for (const part of isReverse ? parts.toReversed() : parts) part();
  });
}

/** Lines of the output: rows of all images. */
export function linesOf(n: Numbers<WindowNumbers>): Value {
  return mul(n.batches, n.outputHeight);
}

/** The number of a constant; null for what is known at run time. */
export function constantOf(value: Value): number | null {
  return value.kind === "constant" ? Number(value.value) : null;
}

/** Whether windows reach beyond the image, as far as it is known. */
export function meetsPadding(
  n: Numbers<WindowNumbers>,
): { readonly rows: boolean; readonly columns: boolean } {
  const meets = (first: Value, windows: Value, stride: Value, reach: Value, extent: Value) => {
    const last = sub(mul(sub(windows, 1), stride), first);
    const end = constantOf(add(last, reach));
    return constantOf(first) !== 0 || end === null || end >= constantOf(extent)!;
  };
  return {
    rows: meets(
      n.top,
      n.outputHeight,
      n.strideH,
      mul(sub(n.kernelHeight, 1), n.dilationH),
      n.inputHeight,
    ),
    columns: meets(
      n.left,
      n.outputWidth,
      n.strideW,
      mul(sub(n.kernelWidth, 1), n.dilationW),
      n.inputWidth,
    ),
  };
}
