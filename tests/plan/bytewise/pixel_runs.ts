import {
  type CheckedRun,
  type PixelRectangle,
  place,
  type RunProblem,
  type SegmentContext,
} from "../../../lib/plan/validate/pixel_runs.ts";
import { walkOf } from "./walk.ts";

/** What the windows of a rectangle of outputs read. */
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
  const where = place(context, tensor);
  const { width } = place(context, plan.steps[step].outputs[0]);
  const runs: CheckedRun[] = [];
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
