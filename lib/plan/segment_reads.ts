import type { Model } from "../model/model.ts";
import { elements, sizeBytes } from "../model/shape.ts";
import { inputExtent, windowAxes } from "./fuse/image_step.ts";
import type { Plan, PlanBuffer, PlanStep } from "./plan.ts";
import type { Extent, SegmentPass, SegmentRing } from "./segment.ts";
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

/** A pixel of a tensor: which byte of the tensor it begins with, and at which address it lies. */
export interface Pixel {
  readonly firstByte: number;
  readonly address: number;
}

/** Where a tensor's pixels lie during a pass. */
export interface PixelPlace {
  readonly buffer: PlanBuffer;
  readonly height: number;
  readonly width: number;
  readonly pixelBytes: number;
  /** Null if the pass has no room for this column. */
  readonly at: (row: number, column: number) => Pixel | null;
}

/** Where a tensor lies during a pass: in its ring, or as a whole in its buffer. */
export function passPlace(
  { buffers }: Plan,
  model: Model,
  { tensor, rings, pass }: {
    readonly tensor: number;
    readonly rings: readonly SegmentRing[];
    readonly pass: SegmentPass;
  },
): PixelPlace {
  const { shape } = model.tensors[tensor];
  const buffer = buffers.find(({ tensors }) => tensors.includes(tensor))!;
  const [, height, width, channels] = shape.length === 4 ? shape : [1, 1, 1, elements(shape)];
  const pixelBytes = sizeBytes(model.tensors[tensor]) / elements(shape) * channels;
  const common = { buffer, height, width, pixelBytes };
  const ring = rings.find((each) => each.tensor === tensor);
  if (ring === undefined) {
    return {
      ...common,
      at: (row, column) => {
        const firstByte = (row * width + column) * pixelBytes;
        return { firstByte, address: buffer.offsetBytes + firstByte };
      },
    };
  }
  const window = pass.windows.find((each) => each.tensor === tensor);
  const { offsetBytes, rows, rowBytes, pixels } = ring;
  return {
    ...common,
    at: (row, column) => {
      if (window === undefined) return null;
      const x = column - window.firstColumn;
      if (x < 0 || x >= window.columns) return null;
      const firstByte = (row * width + column) * pixelBytes;
      const address = ring.layout === "rows"
        ? offsetBytes + (row % rows) * rowBytes + x * pixelBytes
        : offsetBytes + (row * window.columns + x) % pixels * pixelBytes;
      return { firstByte, address };
    },
  };
}
