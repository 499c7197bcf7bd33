import type { Model } from "../../model/model.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import { windowExtent } from "../../model/window.ts";
import type { PlanStep } from "../plan.ts";

/** Bytes `[from, until)` of a tensor. */
export type Bytes = readonly [from: number, until: number];

/** How an operator goes through its data: units of output in order, and what each of them reads. */
export interface Walk {
  /** Units of output: pixels, or elements. */
  readonly count: number;
  /** Bytes of a unit of output. */
  readonly outputBytes: number;
  /** Bytes of an output element. */
  readonly elementBytes: number;
  /** Bytes of a unit of input. */
  readonly inputBytes: number;
  /** Runs of input units that a unit of output reads. */
  readonly reads: (unit: number) => Iterable<Bytes>;
  /** Units that are read as a whole before the first of them is stored (rows of softmax). */
  readonly rowUnits: number;
}

/** Operators whose output elements depend on the input elements at the same place only. */
export const ONE_TO_ONE = ["ADD", "SUB", "MUL", "RELU", "RELU6", "LEAKY_RELU", "HARD_SWISH"]
  .concat("LOGISTIC", "TANH", "QUANTIZE", "DEQUANTIZE", "SOFTMAX");

/** The walk of a step over one of its inputs; null if its loops are not known. */
export function walkOf({ tensors, operators }: Model, step: PlanStep, input: number): Walk | null {
  const operator = operators[step.operator];
  const from = tensors[input];
  const to = tensors[step.outputs[0]];
  const elementBytes = sizeBytes(to) / elements(to.shape);
  if (ONE_TO_ONE.includes(operator.op)) {
    const count = elements(to.shape);
    if (elements(from.shape) !== count) return null;
    return {
      count,
      outputBytes: elementBytes,
      elementBytes,
      inputBytes: sizeBytes(from) / count,
      reads: (unit) => [[unit, unit + 1]],
      rowUnits: operator.op === "SOFTMAX" ? to.shape[to.shape.length - 1] : 1,
    };
  }
  if (input !== step.inputs[0] || step.inputs.lastIndexOf(input) !== 0) return null;
  if (operator.op === "FULLY_CONNECTED") {
    const count = elements(from.shape) / tensors[operator.inputs[1]].shape[1];
    return {
      count,
      outputBytes: sizeBytes(to) / count,
      elementBytes,
      inputBytes: sizeBytes(from) / count,
      reads: (unit) => [[unit, unit + 1]],
      rowUnits: 1,
    };
  }
  let taps: readonly number[];
  let dilation = [1, 1];
  switch (operator.op) {
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      taps = [operator.attributes.filterH, operator.attributes.filterW];
      break;
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D":
      taps = tensors[operator.inputs[1]].shape.slice(1, 3);
      dilation = [operator.attributes.dilationH, operator.attributes.dilationW];
      break;
    default:
      return null;
  }
  const [batches, height, width, inputChannels] = from.shape;
  const [, rows, columns, outputChannels] = to.shape;
  const { strideH, strideW, padding } = operator.attributes;
  const around = step.foldedPadding ?? { top: 0, bottom: 0, left: 0, right: 0 };
  const own = (extent: number, dimension: 0 | 1, stride: number) =>
    windowExtent({
      input: extent,
      filter: taps[dimension],
      stride,
      dilation: dilation[dimension],
      padding,
    }).before;
  const top = around.top + own(height + around.top + around.bottom, 0, strideH);
  const left = around.left + own(width + around.left + around.right, 1, strideW);
  function* reads(unit: number): Iterable<Bytes> {
    const x = unit % columns;
    const y = Math.floor(unit / columns) % rows;
    const image = Math.floor(unit / columns / rows) * height * width;
    for (let i = 0; i < taps[0]; i++) {
      const row = y * strideH - top + i * dilation[0];
      if (row < 0 || row >= height) continue;
      const start = x * strideW - left;
      const line = image + row * width;
      if (dilation[1] === 1) {
        const [a, b] = [Math.max(0, start), Math.min(width, start + taps[1])];
        if (a < b) yield [line + a, line + b];
        continue;
      }
      for (let j = 0; j < taps[1]; j++) {
        const column = start + j * dilation[1];
        if (column >= 0 && column < width) yield [line + column, line + column + 1];
      }
    }
  }
  return {
    count: batches * rows * columns,
    outputBytes: outputChannels * elementBytes,
    elementBytes,
    inputBytes: inputChannels * sizeBytes(from) / elements(from.shape),
    reads,
    rowUnits: 1,
  };
}
