import type { SlidingWindow } from "../../plan/sliding_window.ts";

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
      uses.set(column, [...uses.get(column) ?? [], { pixel, tap }]);
      taps[pixel]++;
    }
  }
  const columns = [...uses].map(([column, each]) => ({ column, uses: each }));
  return { columns: columns.toSorted((a, b) => a.column - b.column), taps };
}
