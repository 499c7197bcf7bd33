import { accessOf } from "../../model/definition_of.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import { windowExtent } from "../../model/window.ts";
import type { PlanStep } from "../plan.ts";

/** Bytes `[from, until)` of a tensor. */
export type Bytes = readonly [from: number, until: number];

/** How an operator goes through its data: units of output in order, and what each of them reads. */
export interface StepWalk {
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

/** Whether output elements depend on the input elements at the same place, or in the same row, only. */
export function isOneToOne(operator: Operator): boolean {
  return ["elementwise", "rows"].includes(accessOf(operator).kind);
}

/** The walk of a step over one of its inputs; null if its loops are not known. */
export function walkOf(
  { tensors, operators }: Model,
  step: PlanStep,
  input: number,
): StepWalk | null {
  const operator = operators[step.operator];
  const access = accessOf(operator);
  const from = tensors[input];
  // An operator that only changes state has no output to go over.
  if (step.outputs.length === 0) return null;
  const to = tensors[step.outputs[0]];
  const elementBytes = sizeBytes(to) / elements(to.shape);
  if (isOneToOne(operator)) {
    const count = elements(to.shape);
    if (elements(from.shape) !== count) return null;
    return {
      count,
      outputBytes: elementBytes,
      elementBytes,
      inputBytes: sizeBytes(from) / count,
      reads: (unit) => [[unit, unit + 1]],
      rowUnits: access.kind === "rows" ? to.shape[to.shape.length - 1] : 1,
    };
  }
  if (input !== step.inputs[0] || step.inputs.lastIndexOf(input) !== 0) return null;
  if (access.kind !== "window" || operator.op === "OPAQUE") return null;
  if (access.over === "rows") {
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
  if (!("strideH" in operator.attributes)) return null;
  const { attributes } = operator;
  const taps = "filterH" in attributes
    ? [attributes.filterH, attributes.filterW]
    : tensors[operator.inputs[1]].shape.slice(1, 3);
  const dilation = "filterH" in attributes ? [1, 1] : [attributes.dilationH, attributes.dilationW];
  const [batches, height, width, inputChannels] = from.shape;
  const [, rows, columns, outputChannels] = to.shape;
  const { strideH, strideW, padding } = attributes;
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
