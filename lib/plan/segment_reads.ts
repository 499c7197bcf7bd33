import type { Model } from "../model/model.ts";
import { inputExtent, windowAxes } from "./fuse/axis.ts";
import type { PlanStep } from "./plan.ts";
import type { Extent } from "./segment.ts";
import { imageWindow, isWindowOperator } from "./sliding_window.ts";

/** Rows and columns of an image. */
export interface Rectangle {
  /** Rows. */
  readonly rows: Extent;
  /** Columns. */
  readonly columns: Extent;
}

/** What a step reads of its inputs, clipped to the image, to compute a rectangle of its output. */
export function readRectangle(
  model: Model,
  { operator: index, foldedPadding, inputs: [input] }: PlanStep,
  { rows, columns }: Rectangle,
): Rectangle {
  const operator = model.operators[index];
  if (!isWindowOperator(operator)) return { rows, columns };
  const folded = foldedPadding === null ? null : { padding: foldedPadding, input };
  const axes = windowAxes(imageWindow(model, operator, folded));
  return { rows: inputExtent(axes.rows, rows), columns: inputExtent(axes.columns, columns) };
}
