import { strides } from "../../../model/shape.ts";
import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import type { Layer, LayerKernel, PlacedTensor } from "../../layer.ts";
import { broadcastSteps } from "../../reference/indices.ts";
import { imagePlace } from "../walk/image_place.ts";
import { type Area, openKernel } from "../walk/open_kernel.ts";
import { collapseDimensions, elementLoops, type Elements } from "./element_loops.ts";

/** What makes an element-wise operator a kernel. */
export interface ElementwiseKernel {
  /** What it is called. */
  readonly kernel: string;
  /** How many of the layer's inputs are operands. */
  readonly operands: number;
  /** Elements computed together: a vector's, or 1. */
  readonly lanes: number;
  /** Functions that the work calls. */
  readonly code?: readonly KernelCode[];
  /** Computes and stores `count` elements; it loads all of them before it stores one. */
  readonly work: (
    b: KernelBuilder,
    at: { readonly inputs: readonly Elements[]; readonly output: Elements; readonly count: number },
  ) => void;
  /** What follows the loops. */
  readonly finish?: (b: KernelBuilder) => void;
}

/** A kernel that computes every element from the elements of its operands at the same place. */
export function elementwiseKernel(
  layer: Layer,
  { kernel, operands, lanes, code = [], work, finish }: ElementwiseKernel,
): LayerKernel {
  const inputs = layer.inputs.slice(0, operands).map((input) => input!);
  const [output] = layer.outputs;
  const { b, thread, area } = openKernel(layer);
  const tensors = [...inputs, output].map(streamOf);
  const loops = (shape: readonly number[], starts?: readonly Value[]) =>
    elementLoops(b, {
      layer,
      thread,
      tensors,
      dimensions: collapseDimensions({
        extents: shape,
        steps: [
          ...inputs.map((input) => isImage(input) ? strides(shape) : broadcast(input, shape)),
          strides(shape),
        ],
      }),
      lanes,
      starts,
    }, (elements, count) => {
      work(b, { inputs: elements.slice(0, operands), output: elements[operands], count });
    });
  const isImage = ({ tensor }: PlacedTensor) => area !== null && tensor.data === null;
  const isParallel = area === null ? loops(output.tensor.shape).isParallel : false;
  if (area !== null) forPieces(b, { area, operands: [...inputs, output], isImage }, loops);
  finish?.(b);
  return {
    kernel,
    remarks: [
      ...lanes > 1 ? [`vectorize by ${lanes}`] : [],
      ...isParallel ? [`parallel over ${layer.threads} threads`] : [],
    ],
    code: [b.finish(layer.name), ...code],
    isParallel,
  };
}

/** The steps of an operand that may be stretched over a shape. */
function broadcast({ tensor }: PlacedTensor, shape: readonly number[]): readonly number[] {
  return broadcastSteps(tensor.shape.slice(-shape.length), shape);
}

/** A rectangle in pieces that lie side by side: what is asked for of a row, or single pixels. */
function forPieces(
  b: KernelBuilder,
  { area, operands, isImage }: {
    readonly area: Area;
    readonly operands: readonly PlacedTensor[];
    readonly isImage: (operand: PlacedTensor) => boolean;
  },
  emit: (shape: readonly number[], starts: readonly Value[]) => void,
): void {
  const { rows, columns: { from, until }, hasFixedColumns } = area;
  const [, , width, channels] = operands[operands.length - 1].tensor.shape;
  const places = operands.map((operand) => {
    if (!isImage(operand)) return () => start(operand.region);
    const pixelBytes = channels * dtypeBits(operand.tensor.dtype) / 8;
    const { lineOf } = imagePlace(b, operand, { area, width, pixelBytes });
    return (row: Value, column: Value) => {
      const line = b.let("line", lineOf(row, from));
      return b.let("from", add(line, mul(column, pixelBytes)));
    };
  });
  b.for("row", rows, (row) => {
    const at = (column: Value) => places.map((place) => place(row, column));
    if (hasFixedColumns) emit([Number(literal(until)) - Number(literal(from)), channels], at(from));
    else b.for("column", { from, until }, (column) => emit([channels], at(column)));
  });
}

function literal(value: Value): number | bigint {
  return value.kind === "constant" ? value.value : NaN;
}

function streamOf({ region, tensor }: PlacedTensor) {
  return { region, elementBytes: dtypeBits(tensor.dtype) / 8 };
}
