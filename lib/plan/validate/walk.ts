import { accessOf } from "../../model/definition_of.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import { windowExtent } from "../../model/window.ts";
import type { PlanStep } from "../plan.ts";
import type { Windows } from "./overwritten.ts";

/** How an operator goes through its data: units of output in order, and what each of them reads. */
export interface StepWalk {
  /** Units are pixels, or elements. */
  readonly windows: Windows;
  /** Bytes of a unit of output. */
  readonly outputBytes: number;
  /** Bytes of an output element. */
  readonly elementBytes: number;
  /** Bytes of a unit of input. */
  readonly inputBytes: number;
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
  if (to === undefined || elements(to.shape) === 0) return null;
  const elementBytes = sizeBytes(to) / elements(to.shape);
  const alike = (count: number): StepWalk => ({
    windows: oneToOne(count),
    outputBytes: sizeBytes(to) / count,
    elementBytes,
    inputBytes: sizeBytes(from) / count,
    rowUnits: 1,
  });
  if (isOneToOne(operator)) {
    const count = elements(to.shape);
    if (elements(from.shape) !== count) return null;
    const rowUnits = access.kind === "rows" ? to.shape[to.shape.length - 1] : 1;
    return { ...alike(count), rowUnits };
  }
  if (input !== step.inputs[0] || step.inputs.lastIndexOf(input) !== 0) return null;
  if (access.kind !== "window" || operator.op === "OPAQUE") return null;
  if (access.over === "rows") {
    return alike(elements(from.shape) / tensors[operator.inputs[1]].shape[1]);
  }
  const windows = imageWindows({ tensors, operators }, step, input);
  if (windows === null) return null;
  return {
    windows,
    outputBytes: to.shape[3] * elementBytes,
    elementBytes,
    inputBytes: from.shape[3] * sizeBytes(from) / elements(from.shape),
    rowUnits: 1,
  };
}

/** The windows of a convolution or pool, PAD operators that it does itself included. */
function imageWindows(
  { tensors, operators }: Pick<Model, "tensors" | "operators">,
  step: PlanStep,
  input: number,
): Windows | null {
  const operator = operators[step.operator];
  if (!("strideH" in operator.attributes) || operator.op === "OPAQUE") return null;
  const attributes = operator.attributes as Readonly<Record<string, number>>;
  const isPool = "filterH" in attributes;
  const [tapsH, tapsW] = isPool
    ? [attributes.filterH, attributes.filterW]
    : tensors[operator.inputs[1]].shape.slice(1, 3);
  const { dilationH = 1, dilationW = 1, strideH, strideW } = attributes;
  const { padding } = operator.attributes as { readonly padding: "SAME" | "VALID" };
  const [images, height, width] = tensors[input].shape;
  const [, rows, columns] = tensors[step.outputs[0]].shape;
  const around = step.foldedPadding ?? { top: 0, bottom: 0, left: 0, right: 0 };
  const own = (extent: number, filter: number, stride: number, dilation: number) =>
    windowExtent({ input: extent, filter, stride, dilation, padding }).before;
  const top = own(height + around.top + around.bottom, tapsH, strideH, dilationH);
  const left = own(width + around.left + around.right, tapsW, strideW, dilationW);
  return {
    images,
    rows,
    columns,
    height,
    width,
    tapsH,
    tapsW,
    strideH,
    strideW,
    dilationH,
    dilationW,
    top: around.top + top,
    left: around.left + left,
  };
}

function oneToOne(count: number): Windows {
  const one = { images: 1, rows: 1, height: 1, tapsH: 1, tapsW: 1, strideH: 1, strideW: 1 };
  return { ...one, columns: count, width: count, dilationH: 1, dilationW: 1, top: 0, left: 0 };
}
