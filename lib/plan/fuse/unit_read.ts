import type { Extent } from "../segment.ts";
import { endRead, firstRead } from "./axis.ts";
import type { Axis } from "./image_step.ts";
import type { UnitRead } from "./pull.ts";

type Reach = Pick<UnitRead, "end" | "first">;

/** Which input rows the output rows need. */
export function rowReach(rows: Axis): Reach {
  const end = new Int32Array(rows.output);
  const first = new Int32Array(rows.output);
  for (let row = 0; row < rows.output; row++) {
    end[row] = endRead(rows, row);
    first[row] = firstRead(rows, row);
  }
  return { end, first };
}

/**
 * Which input pixels the output pixels need, both counted in row-major order within a strip of
 * columns. All pixels before the last one needed count as needed: they were computed before it.
 */
export function pixelReach(
  { rows, columns }: { readonly rows: Axis; readonly columns: Axis },
  strip: { readonly input: Extent; readonly output: Extent },
): Reach {
  const width = strip.output[1] - strip.output[0];
  const inputWidth = strip.input[1] - strip.input[0];
  const count = rows.output * width;
  const end = new Int32Array(count);
  const first = new Int32Array(count);
  for (let row = 0, pixel = 0; row < rows.output; row++) {
    const firstRow = firstRead(rows, row) * inputWidth;
    const lastRow = (endRead(rows, row) - 1) * inputWidth;
    for (let column = strip.output[0]; column < strip.output[1]; column++, pixel++) {
      const right = endRead(columns, column) - strip.input[0];
      first[pixel] = firstRow + Math.max(0, firstRead(columns, column) - strip.input[0]);
      end[pixel] = lastRow < 0 ? 0 : Math.max(0, lastRow + right);
    }
  }
  for (let pixel = 1; pixel < count; pixel++) end[pixel] = Math.max(end[pixel], end[pixel - 1]);
  for (let pixel = count - 2; pixel >= 0; pixel--) {
    first[pixel] = Math.min(first[pixel], first[pixel + 1]);
  }
  return { end, first };
}
