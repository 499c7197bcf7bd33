import { constantValues } from "../../model/constant.ts";
import { accessOf } from "../../model/definition_of.ts";
import { dtypeBits } from "../../model/dtype.ts";
import { operatorMacs } from "../../model/macs.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import { elements } from "../../model/shape.ts";
import { stateTensors } from "../../model/state.ts";
import type { GraphStep, PlanGraph } from "../graph/plan_graph.ts";
import type { Extent } from "../segment.ts";
import { imageWindow, isWindowOperator, type SlidingWindow } from "../sliding_window.ts";

/** One dimension of the windows with which an image is read. */
export interface ImageAxis {
  /** Extent of the input. */
  readonly input: number;
  /** Extent of the output. */
  readonly output: number;
  /** Steps from one window to the next. */
  readonly stride: number;
  /** Elements in front of the input that the first window starts at. */
  readonly before: number;
  /** Elements from the first tap to the last, both included. */
  readonly reach: number;
}

/** An image that a step reads. */
export interface ImageRead {
  readonly tensor: number;
  /** Value of the graph; -1 outside of the arena. */
  readonly value: number;
  readonly pixelBytes: number;
  readonly rows: ImageAxis;
  readonly columns: ImageAxis;
}

/** A step that can compute any rectangle of its output from rectangles of its inputs. */
export interface ImageStep {
  readonly operator: number;
  readonly reads: readonly ImageRead[];
  readonly tensor: number;
  readonly value: number;
  readonly height: number;
  readonly width: number;
  readonly pixelBytes: number;
  /** Bytes of an element. */
  readonly elementBytes: number;
  readonly macsPerPixel: number;
  /** Every output element depends on the input elements at the same place only. */
  readonly isElementwise: boolean;
  /**
   * Bytes of the sums of a global pool, which takes rows as they come and stores its output at the
   * end; null for all others. Its height and width are those of its input.
   */
  readonly accumulatorBytes: number | null;
}

/** The step as an image operator on a single image; null if it is none. */
export function imageStep(graph: PlanGraph, step: GraphStep): ImageStep | null {
  const { model, valueOf } = graph;
  const operator = model.operators[step.operator];
  const output = model.tensors[operator.outputs[0]];
  const pool = globalPool(graph, step, operator);
  if (pool !== null) return pool;
  if (operator.outputs.length !== 1 || output.shape.length !== 4 || output.shape[0] !== 1) {
    return null;
  }
  const [, height, width, channels] = output.shape;
  const elementBytes = dtypeBits(output.dtype) / 8;
  if (elementBytes < 1 || elements(output.shape) === 0 || step.writes.length !== 1) return null;
  const isElementwise = accessOf(operator).kind === "elementwise";
  const reads = isElementwise ? sameReads(graph, step) : windowReads(graph, step, operator);
  if (reads === null) return null;
  return {
    operator: step.operator,
    reads,
    tensor: operator.outputs[0],
    value: valueOf[operator.outputs[0]],
    height,
    width,
    pixelBytes: channels * elementBytes,
    elementBytes,
    macsPerPixel: (operatorMacs(operator, model.tensors) ?? 0) / (height * width),
    isElementwise,
    accumulatorBytes: null,
  };
}

/** Sums are exact in whatever order the rows come, as long as they are integers. */
const SUMMED: readonly string[] = ["int8", "uint8", "int16"];
/** Bytes of one of the sums of a global pool: int32. */
export const SUM_BYTES = 4;

/** MEAN over rows and columns, or an average over the whole image. */
function globalPool(graph: PlanGraph, step: GraphStep, operator: Operator): ImageStep | null {
  const { model: { tensors }, valueOf } = graph;
  const [tensor] = step.inputs;
  const output = tensors[operator.outputs[0]];
  if (operator.op !== "MEAN" && operator.op !== "AVERAGE_POOL_2D") return null;
  if (!isActivation(graph.model, tensor) || !SUMMED.includes(tensors[tensor].dtype)) return null;
  const { shape: [, height, width, channels], dtype } = tensors[tensor];
  if (elements(output.shape) !== channels || step.folded !== null) return null;
  if (operator.op === "MEAN") {
    const axes = tensors[step.inputs[1]];
    if (axes.data === null) return null;
    const over = Array.from(constantValues(axes) as ArrayLike<number | bigint>, Number)
      .map((axis) => (axis + 4) % 4).sort().join();
    if (over !== "1,2") return null;
  } else {
    const { filterH, filterW, padding } = operator.attributes;
    if (filterH !== height || filterW !== width || padding !== "VALID") return null;
  }
  const pixelBytes = channels * dtypeBits(dtype) / 8;
  const axis = (extent: number): ImageAxis => (
    { input: extent, output: extent, stride: 1, before: 0, reach: 1 }
  );
  return {
    operator: step.operator,
    reads: [{
      tensor,
      value: valueOf[tensor],
      pixelBytes,
      rows: axis(height),
      columns: axis(width),
    }],
    tensor: operator.outputs[0],
    value: valueOf[operator.outputs[0]],
    height,
    width,
    pixelBytes,
    elementBytes: dtypeBits(dtype) / 8,
    macsPerPixel: 0,
    isElementwise: false,
    accumulatorBytes: channels * SUM_BYTES,
  };
}

function windowReads(
  { model, valueOf }: PlanGraph,
  { inputs, folded }: GraphStep,
  operator: Operator,
): ImageRead[] | null {
  if (!isWindowOperator(operator)) return null;
  const [tensor, ...others] = inputs;
  if (!isActivation(model, tensor)) return null;
  // Weights that are computed, or the image as its own filter, belong to no loop over rows.
  if (others.some((other) => other !== -1 && model.tensors[other].data === null)) return null;
  const window = imageWindow(model, operator, folded);
  const { inputPixelBytes } = window;
  if (!Number.isInteger(inputPixelBytes)) return null;
  return [{
    tensor,
    value: valueOf[tensor],
    pixelBytes: inputPixelBytes,
    ...windowAxes(window),
  }];
}

function sameReads({ model, valueOf }: PlanGraph, { inputs, operator }: GraphStep) {
  const { shape } = model.tensors[model.operators[operator].outputs[0]];
  const reads: ImageRead[] = [];
  for (const tensor of inputs) {
    if (tensor === -1) return null;
    const known = model.tensors[tensor];
    if (known.data !== null) {
      // A constant that is broadcast over all rows and columns alike.
      if (elements(known.shape) === 1 || isChannels(known.shape, shape[3])) continue;
      return null;
    }
    const pixelBytes = shape[3] * dtypeBits(known.dtype) / 8;
    if (!isActivation(model, tensor) || known.shape.join() !== shape.join()) return null;
    if (!Number.isInteger(pixelBytes)) return null;
    const axis = (extent: number): ImageAxis => (
      { input: extent, output: extent, stride: 1, before: 0, reach: 1 }
    );
    const rows = axis(shape[1]);
    reads.push({ tensor, value: valueOf[tensor], pixelBytes, rows, columns: axis(shape[2]) });
  }
  return reads.length === 0 ? null : reads;
}

function isChannels(shape: readonly number[], channels: number): boolean {
  return elements(shape) === channels && shape[shape.length - 1] === channels;
}

function isActivation(model: Model, tensor: number): boolean {
  const { data, shape } = model.tensors[tensor];
  return data === null && !stateTensors(model).has(tensor) && shape.length === 4 && shape[0] === 1;
}

/** A window, one dimension at a time. */
export function windowAxes(
  window: SlidingWindow,
): { readonly rows: ImageAxis; readonly columns: ImageAxis } {
  return {
    rows: {
      input: window.inputHeight,
      output: window.outputHeight,
      stride: window.strideH,
      before: window.top,
      reach: (window.kernelHeight - 1) * window.dilationH + 1,
    },
    columns: {
      input: window.inputWidth,
      output: window.outputWidth,
      stride: window.strideW,
      before: window.left,
      reach: (window.kernelWidth - 1) * window.dilationW + 1,
    },
  };
}

/** The same windows seen from the other end. */
export function flipped(axis: ImageAxis): ImageAxis {
  const { input, output, stride, before, reach } = axis;
  return { ...axis, before: (output - 1) * stride + reach - before - input };
}

/** First input element that windows from `at` on read, clipped to the image. */
export function firstRead({ input, stride, before }: ImageAxis, at: number): number {
  return Math.min(input, Math.max(0, at * stride - before));
}

/** End of the input elements that windows up to `at`, included, read, clipped to the image. */
export function endRead({ input, stride, before, reach }: ImageAxis, at: number): number {
  return Math.min(input, Math.max(0, at * stride - before + reach));
}

/** The part of the input that a range of the output is computed from; empty ranges stay empty. */
export function inputExtent(axis: ImageAxis, [from, until]: Extent): Extent {
  if (from >= until) return [0, 0];
  const first = firstRead(axis, from);
  const end = endRead(axis, until - 1);
  return first < end ? [first, end] : [0, 0];
}

/** The smallest range that holds both. */
export function joined(a: Extent, b: Extent): Extent {
  if (a[0] >= a[1]) return b;
  if (b[0] >= b[1]) return a;
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
