import type { Extent, SegmentPass } from "../../../lib/plan/segment.ts";
import { type PixelPlace, placeOf } from "../../../lib/plan/segment_reads.ts";
import type { RunStage } from "./run_step.ts";
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
export interface PixelRun {
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
export function runsOf(
  context: SegmentContext,
  tensor: number,
  { rows, columns }: PixelRectangle,
): PixelRun[] | RunProblem {
  const where = place(context, tensor);
  const runs: PixelRun[] = [];
  for (let row = rows[0]; row < rows[1]; row++) {
    const pixel = where.at(row, columns[0]);
    if (pixel === null || where.at(row, columns[1] - 1) === null) {
      return { message: `touches columns ${columns} of t${tensor} that its pass has not`, tensor };
    }
    runs.push({ tensor, place: where, row, columns, ...pixel });
  }
  return runs;
}

/** What the windows of a rectangle of outputs read. */
export function windowRuns(
  context: SegmentContext,
  { step, tensor, rectangle: { rows, columns } }: {
    readonly step: number;
    readonly tensor: number;
    readonly rectangle: PixelRectangle;
  },
): PixelRun[] | RunProblem {
  const { stage: { plan, model } } = context;
  const walk = walkOf(model, plan.steps[step], tensor);
  if (walk === null) return { message: `reads t${tensor} in an order that is not known`, tensor };
  const where = place(context, tensor);
  const { width } = place(context, plan.steps[step].outputs[0]);
  const runs: PixelRun[] = [];
  for (let y = rows[0]; y < rows[1]; y++) {
    // Of each row only the first pixel is looked up: the others of the call lie behind it.
    const starts = new Map<number, { readonly column: number; readonly address: number }>();
    for (let x = columns[0]; x < columns[1]; x++) {
      for (const [first, end] of walk.reads(y * width + x)) {
        const row = Math.floor(first / where.width);
        const column = first % where.width;
        const pixel = where.at(row, column);
        const last = where.at(row, column + end - first - 1);
        if (pixel === null || last === null) {
          const message = `reads column ${column} of t${tensor} that its pass has not`;
          return { message, tensor };
        }
        if (!starts.has(row)) starts.set(row, { column, address: pixel.address });
        const start = starts.get(row)!;
        const address = start.address + (column - start.column) * where.pixelBytes;
        const { firstByte } = pixel;
        const span = [column, column + end - first] as const;
        runs.push({ tensor, place: where, row, columns: span, address, firstByte });
      }
    }
  }
  return runs;
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
  return placeOf(plan, model, { tensor, rings: plan.segments[index].rings, pass });
}
