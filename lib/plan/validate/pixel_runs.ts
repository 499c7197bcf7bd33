import type { Extent, SegmentPass } from "../segment.ts";
import { passPlace, type PixelPlace } from "../segment_reads.ts";
import type { RunStage } from "./run_step.ts";
import type { Windows } from "./overwritten.ts";
import { walkOf } from "./walk.ts";

export interface SegmentContext {
  readonly stage: RunStage;
  readonly index: number;
  readonly pass: SegmentPass;
}

export function isInside(
  { rows, columns }: PixelRectangle,
  { height, width }: { readonly height: number; readonly width: number },
): boolean {
  return 0 <= rows[0] && rows[0] < rows[1] && rows[1] <= height && 0 <= columns[0] &&
    columns[0] < columns[1] && columns[1] <= width;
}

/** Pixels of one row that lie side by side. */
export interface CheckedRun {
  readonly tensor: number;
  readonly place: PixelPlace;
  readonly row: number;
  readonly columns: Extent;
  readonly address: number;
  readonly firstByte: number;
}

export interface PixelRectangle {
  readonly rows: Extent;
  readonly columns: Extent;
}

/** A rectangle of a tensor, row by row; rows lie in one piece from their first column on. */
export function checkedRuns(
  context: SegmentContext,
  tensor: number,
  { rows, columns }: PixelRectangle,
): CheckedRun[] | RunProblem {
  const where = place(context, tensor);
  const runs: CheckedRun[] = [];
  for (let row = rows[0]; row < rows[1]; row++) {
    const pixel = where.at(row, columns[0]);
    if (pixel === null || where.at(row, columns[1] - 1) === null) {
      return { message: `touches columns ${columns} of t${tensor} that its pass has not`, tensor };
    }
    runs.push({ tensor, place: where, row, columns, ...pixel });
  }
  return runs;
}

/**
 * What the windows of a rectangle of outputs read: of each row of taps the input columns that they
 * cover. Of each row only the first pixel is looked up: the others of the call lie behind it.
 */
export function windowRuns(
  context: SegmentContext,
  { step, tensor, rectangle: { rows, columns } }: {
    readonly step: number;
    readonly tensor: number;
    readonly rectangle: PixelRectangle;
  },
): CheckedRun[] | RunProblem {
  const { stage: { plan, model } } = context;
  const walk = walkOf(model, plan.steps[step], tensor);
  if (walk === null) return { message: `reads t${tensor} in an order that is not known`, tensor };
  const { windows: { tapsH, strideH, dilationH, top, height } } = walk;
  const where = place(context, tensor);
  const spans = readColumns(walk.windows, columns);
  const runs: CheckedRun[] = [];
  for (let y = rows[0]; y < rows[1]; y++) {
    const above = y * strideH - top;
    const firstTap = Math.max(0, Math.ceil(-above / dilationH));
    for (let tap = firstTap; tap < tapsH && above + tap * dilationH < height; tap++) {
      const row = above + tap * dilationH;
      for (const [first, end] of spans) {
        const start = where.at(row, spans[0][0]);
        const pixel = where.at(row, first);
        if (start === null || pixel === null || where.at(row, end - 1) === null) {
          const message = `reads column ${first} of t${tensor} that its pass has not`;
          return { message, tensor };
        }
        const address = start.address + (first - spans[0][0]) * where.pixelBytes;
        const { firstByte } = pixel;
        runs.push({ tensor, place: where, row, columns: [first, end], address, firstByte });
      }
    }
  }
  return runs;
}

/** Input columns that the windows of some output columns read, clipped to the image, from the left. */
function readColumns(
  { tapsW, strideW, dilationW, left, width }: Windows,
  [from, until]: Extent,
): Extent[] {
  const runs: (readonly [number, number])[] = [];
  // Taps side by side, or single ones; each goes with the windows, closed up where these are dense.
  const taps = dilationW === 1 ? 1 : tapsW;
  const reach = dilationW === 1 ? tapsW : 1;
  for (let tap = 0; tap < taps; tap++) {
    const ahead = tap * dilationW - left;
    if (from * strideW + ahead >= width) break;
    if (strideW <= reach) {
      runs.push([from * strideW + ahead, (until - 1) * strideW + ahead + reach]);
    } else {
      for (let x = from; x < until; x++) {
        runs.push([x * strideW + ahead, x * strideW + ahead + reach]);
      }
    }
  }
  return runs.map(([first, end]): Extent => [Math.max(0, first), Math.min(width, end)])
    .filter(([first, end]) => first < end)
    .sort((a, b) => a[0] - b[0]);
}

export interface RunProblem {
  readonly message: string;
  readonly tensor: number;
  readonly byte?: number;
}

export function place(
  { stage: { plan, model }, index, pass }: SegmentContext,
  tensor: number,
): PixelPlace {
  return passPlace(plan, model, { tensor, rings: plan.segments[index].rings, pass });
}
