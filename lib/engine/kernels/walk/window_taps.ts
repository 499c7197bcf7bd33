import type { Value } from "../../../kernel/kernel.ts";
import { add, apply, asValue, max, min, type Operand, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";

/** First tap that falls on the image, of a window that begins at `begin`. */
export function tapFrom(begin: Value, dilation: Operand): Value {
  return max(0, divided(add(sub(0, begin), sub(dilation, 1)), dilation));
}

/** The tap after the last one that falls on the image. */
export function tapUntil(
  begin: Value,
  { extent, dilation, taps }: {
    readonly extent: Operand;
    readonly dilation: Operand;
    readonly taps: Operand;
  },
): Value {
  return min(taps, divided(add(sub(extent, begin), sub(dilation, 1)), dilation));
}

/** Whether every output pixel is made from the input pixel of the same number alone. */
export function isPointwise(window: SlidingWindow): boolean {
  const { kernelHeight, kernelWidth, strideH, strideW } = window;
  return [kernelHeight, kernelWidth, strideH, strideW].every((x) => x === 1) && !isClipped(window);
}

/** Whether some window reaches beyond the image. */
export function isClipped(window: SlidingWindow): boolean {
  const { from, until } = insideColumns(window);
  return clipsRows(window) || from > 0 || until < window.outputWidth;
}

/** Whether some window reaches above the image or below it. */
export function clipsRows(window: SlidingWindow): boolean {
  const { top, outputHeight, strideH, kernelHeight, dilationH, inputHeight } = window;
  const last = (outputHeight - 1) * strideH - top + (kernelHeight - 1) * dilationH;
  return top > 0 || last >= inputHeight;
}

/** Columns of the output whose windows lie within the image from left to right. */
export function insideColumns(
  window: SlidingWindow,
): { readonly from: number; readonly until: number } {
  const { left, strideW, kernelWidth, dilationW, inputWidth, outputWidth } = window;
  const from = Math.min(outputWidth, Math.ceil(left / strideW));
  const reach = inputWidth + left - (kernelWidth - 1) * dilationW - 1;
  const until = Math.max(from, Math.min(outputWidth, Math.floor(reach / strideW) + 1));
  return reach < 0 ? { from, until: from } : { from, until };
}

function divided(value: Value, by: Operand): Value {
  const divisor = asValue(by);
  const isOne = divisor.kind === "constant" && divisor.value === 1;
  return isOne ? value : apply("i32.div_s", [value, divisor]);
}

/** A column of the image and what is made from it. */
export interface ColumnUse {
  /** Columns right of the first pixel's first tap. */
  readonly column: number;
  /** Pixels of the tile whose windows contain it, and with which tap. */
  readonly uses: readonly { readonly pixel: number; readonly tap: number }[];
}

/** The columns of the image that a tile reads, from left to right; `taps` of every pixel. */
export interface ColumnTaps {
  readonly columns: readonly ColumnUse[];
  readonly taps: readonly number[];
}

/** Which taps of a tile's pixels fall on which column; all of them where `firstColumn` is null. */
export function columnTaps(
  { strideW, dilationW, kernelWidth, left, inputWidth }: SlidingWindow,
  { pixels, firstColumn }: { readonly pixels: number; readonly firstColumn: number | null },
): ColumnTaps {
  const uses = new Map<number, { pixel: number; tap: number }[]>();
  const taps = new Array<number>(pixels).fill(0);
  const begin = firstColumn === null ? null : firstColumn * strideW - left;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let tap = 0; tap < kernelWidth; tap++) {
      const column = pixel * strideW + tap * dilationW;
      if (begin !== null && (begin + column < 0 || begin + column >= inputWidth)) continue;
      const known = uses.get(column);
      if (known === undefined) uses.set(column, [{ pixel, tap }]);
      else known.push({ pixel, tap });
      taps[pixel]++;
    }
  }
  const columns = [...uses].map(([column, each]) => ({ column, uses: each }));
  return { columns: columns.toSorted((a, b) => a.column - b.column), taps };
}
