import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, constant } from "../../../kernel/values.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { Layer } from "../../layer.ts";
import { listValues } from "./run_time_list.ts";

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

/** Rows and columns of a block, and what lies before the image: added, or cut. */
export interface Blocks<Number> {
  readonly rows: Number;
  readonly columns: Number;
  readonly top: Number;
  readonly left: Number;
}

/** The blocks that lists tell, of which those of rows have one number for each dimension less. */
export function blocksOf<Number>(
  [rows, columns]: readonly Number[],
  [top, , left]: readonly Number[],
  { one, none }: { readonly one: Number; readonly none: Number },
): Blocks<Number> {
  return { rows, columns: columns ?? one, top, left: left ?? none };
}

/** The blocks of a layer in code. */
export function blockValues(
  b: KernelBuilder,
  { inputs: [, block, borders] }: Layer,
): Blocks<Value> {
  const [sizes, amounts] = [listValues(b, "block", block!), listValues(b, "border", borders!)];
  return blocksOf(sizes, amounts, { one: constant(1), none: add(0, 0) });
}
