import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import { elements } from "../../model/shape.ts";
import { windowExtent } from "../../model/window.ts";
import { conv2d, depthwise } from "../../nest/convolution.ts";
import { matmul } from "../../nest/matmul.ts";
import type { Nest } from "../../nest/nest.ts";
import { windowOf } from "../../plan/overlap_rules.ts";
import type { PlanStep } from "../../plan/plan.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";

/** A layer as a plain loop nest, or why there is none. */
export interface LabNest {
  readonly nest: Nest | null;
  /** What the nest leaves out or calls differently; or why there is none. */
  readonly remarks: readonly string[];
}

/** The nest of `conv2d`, `depthwise` or `matmul` that computes a layer's sums. */
export function labNest(model: Model, step: PlanStep): LabNest {
  const operator = model.operators[step.operator];
  switch (operator.op) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D":
      return convolution(model, operator, step);
    case "FULLY_CONNECTED":
      return product(model, operator);
    default:
      return { nest: null, remarks: [`no sums of products: ${step.name} has no nest of its own`] };
  }
}

const FINISH = "sums alone; bias, rescaling and activation follow when a sum is complete";

function product({ tensors }: Model, { inputs, outputs }: Operator): LabNest {
  const [n, k] = tensors[inputs[1]].shape;
  const m = elements(tensors[outputs[0]].shape) / n;
  const dtype = dtypeOf(tensors[inputs[0]].dtype);
  const names = "A is the input, B the weights transposed, C the output";
  return { nest: matmul({ m, k, n, dtype }), remarks: [names, FINISH] };
}

function convolution(model: Model, operator: Operator, step: PlanStep): LabNest {
  const { tensors } = model;
  const { foldedPadding } = step;
  const folded = foldedPadding && { padding: foldedPadding, input: step.inputs[0] };
  const window = windowOf(model, operator, folded);
  if (window === null) return { nest: null, remarks: ["its window is not known"] };
  const { strideH, strideW, dilationH, dilationW, kernelHeight, kernelWidth } = window;
  if (strideH !== strideW) return none(`strides ${strideH} and ${strideW} differ`);
  if (dilationH !== 1 || dilationW !== 1) return none(`taps are ${dilationH} x ${dilationW} apart`);
  const inChannels = tensors[step.inputs[0]].shape[3];
  const [outChannels, , , depth] = tensors[step.inputs[1]].shape;
  const { area, remarks } = areaOf(window);
  const common = {
    ...area,
    kernel: [kernelHeight, kernelWidth],
    stride: strideH,
    dtype: dtypeOf(tensors[step.inputs[0]].dtype),
  } as const;
  const all = [
    "I is the input, W the weights, O the output",
    ...window.batches > 1 ? [`once for each of ${window.batches} images`] : [],
    ...remarks,
    FINISH,
  ];
  if (operator.op === "CONV_2D") {
    if (depth !== inChannels) return none(`${inChannels / depth} groups of channels`);
    return { nest: conv2d({ ...common, inChannels, outChannels }), remarks: all };
  }
  if (depth !== inChannels) return none(`${depth / inChannels} outputs for each channel`);
  return { nest: depthwise({ ...common, channels: depth }), remarks: all };
}

function none(found: string): LabNest {
  return { nest: null, remarks: [`${found}: the lab's nests do not go that far`] };
}

/** The image that the nest walks over: the input, or, where its padding is neither, with its border. */
function areaOf(window: SlidingWindow) {
  const { inputHeight, inputWidth, outputHeight, outputWidth, kernelHeight, kernelWidth } = window;
  const { strideH: stride, top, left } = window;
  for (const padding of ["VALID", "SAME"] as const) {
    const rows = windowExtent({ input: inputHeight, filter: kernelHeight, stride, padding });
    const columns = windowExtent({ input: inputWidth, filter: kernelWidth, stride, padding });
    const isThis = rows.output === outputHeight && rows.before === top &&
      columns.output === outputWidth && columns.before === left;
    if (!isThis) continue;
    const name = padding === "SAME" ? "same" : "valid";
    return {
      area: { height: inputHeight, width: inputWidth, padding: name },
      remarks: [],
    } as const;
  }
  const height = (outputHeight - 1) * stride + kernelHeight;
  const width = (outputWidth - 1) * stride + kernelWidth;
  return {
    area: { height, width, padding: "valid" },
    remarks: [`I is the input with its border: the input begins at row ${top}, column ${left}`],
  } as const;
}

function dtypeOf(dtype: string): "f32" | "i8" {
  return dtype === "float32" ? "f32" : "i8";
}
