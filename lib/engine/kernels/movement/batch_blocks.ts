import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant, mul, sub } from "../../../kernel/values.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { Layer } from "../../layer.ts";
import { all, listValues } from "./run_time_list.ts";

/** A batch of images; of rows: images of one column. */
export interface ImageExtents {
  readonly batches: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The extents of a tensor of 3 or 4 dimensions. */
export function imageExtents({ shape }: Tensor): ImageExtents {
  const [batches, height] = shape;
  const width = shape.length === 4 ? shape[2] : 1;
  return { batches, height, width, channels: shape[shape.length - 1] };
}

/** Rows and columns of a block, and what lies around the image: added, or cut. */
export interface Blocks<Number> {
  readonly rows: Number;
  readonly columns: Number;
  readonly top: Number;
  readonly bottom: Number;
  readonly left: Number;
  readonly right: Number;
}

/** The blocks that lists tell; those of rows have one column, and nothing beside it. */
export function batchBlocks(
  [rows, columns = 1]: readonly number[],
  [top, bottom, left = 0, right = 0]: readonly number[],
): Blocks<number> {
  return { rows, columns, top, bottom, left, right };
}

/** Whether they make images, or rows, batches of blocks. */
export function isBlocked(
  { rows, columns, top, bottom, left, right }: Blocks<number>,
  { images, batches }: { readonly images: ImageExtents; readonly batches: ImageExtents },
): boolean {
  return rows > 0 && columns > 0 && Math.min(top, bottom, left, right) >= 0 &&
    images.batches * rows * columns === batches.batches &&
    top + images.height + bottom === batches.height * rows &&
    left + images.width + right === batches.width * columns;
}

/** The blocks of a layer in code. */
export function blockValues(
  b: KernelBuilder,
  { inputs: [, block, borders] }: Layer,
): Blocks<Value> {
  const [rows, columns = constant(1)] = listValues(b, "block", block!);
  const [top, bottom, left = constant(0), right = constant(0)] = listValues(b, "border", borders!);
  return { rows, columns, top, bottom, left, right };
}

/** `isBlocked` in code. */
export function isBlockedValue(
  { rows, columns, top, bottom, left, right }: Blocks<Value>,
  { images, batches }: { readonly images: ImageExtents; readonly batches: ImageExtents },
): Value {
  // Of sizes up to the number of batches, and numbers of at least 0, no product or difference wraps.
  const sides = [
    { before: top, after: bottom, size: rows, extent: images.height, count: batches.height },
    { before: left, after: right, size: columns, extent: images.width, count: batches.width },
  ];
  return all([
    ...sides.flatMap(({ before, after, size, extent, count }) => [
      apply("i32.lt_u", [sub(size, 1), batches.batches]),
      apply("i32.ge_s", [before, 0]),
      apply("i32.ge_s", [after, 0]),
      apply("i32.eq", [after, sub(sub(mul(size, count), extent), before)]),
    ]),
    apply("i32.eq", [mul(mul(rows, columns), images.batches), batches.batches]),
  ]);
}
