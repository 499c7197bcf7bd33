import { checkArguments } from "../check_arguments.ts";
import { isWeighted } from "../model/definition_of.ts";
import { dtypeBits } from "../model/dtype.ts";
import type { Model } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import { elements } from "../model/shape.ts";
import type { ScratchModel } from "./plan_options.ts";
import { isWindowOperator } from "./sliding_window.ts";

/**
 * Memory that a kernel needs while it runs.
 *
 * @category Planner
 */
export interface ScratchBuffer {
  /** What for. */
  readonly purpose: string;
  /** Bytes. */
  readonly sizeBytes: number;
}

/**
 * Scratch memory that the kernel of an operator asks for, in the order in which it asks.
 *
 * - `direct`: none. Sums live in registers; the ring of a depthwise convolution in place depends on
 *   the plan and is not in it.
 * - `tflm`: what the reference kernels of TensorFlow Lite Micro request: reductions an index and the
 *   axes, MEAN and SUM of integers sums of int32; MIRROR_PAD an index of both tensors; SVDF a sum of
 *   int32 for every filter and, of integers, every unit.
 *   Source: `reduce_common.cc`, `mirror_pad.cc` and `svdf_common.cc` in tensorflow/lite/micro/kernels of
 *   https://github.com/tensorflow/tflite-micro.
 * - `im2col`: the same, and for an int8 convolution two columns of int16, `2 * 2 * Kh * Kw * Ci`
 *   bytes; for a depthwise one the padded image of one channel. Source: `arm_convolve_s8` of
 *   CMSIS-NN, and TinyEngine's kernels (https://github.com/mit-han-lab/tinyengine).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { kernelScratch, type ModelTensor } from "tinyloom";
 *
 * const tensor = (...shape: number[]): ModelTensor => (
 *   { name: "", dtype: "int8", shape, quantization: null, data: null, isVariable: false }
 * );
 * const mean = {
 *   op: "MEAN", inputs: [0, 1], outputs: [2], version: 2, attributes: { keepDims: false },
 * } as const;
 * const model = {
 *   name: "", description: "", tensors: [tensor(1, 5, 5, 8), tensor(2), tensor(1, 8)],
 *   operators: [mean], inputs: [0], outputs: [2], metadata: [], signatures: [],
 *   otherSubgraphs: [], lost: [],
 * };
 * assert.deepEqual(kernelScratch(model, mean, "tflm").map((s) => s.sizeBytes), [32, 16, 8]);
 * assert.deepEqual(kernelScratch(model, mean, "direct"), []);
 * ```
 *
 * @category Planner
 */
export function kernelScratch(
  model: Model,
  operator: Operator,
  kernels: ScratchModel = "direct",
): readonly ScratchBuffer[] {
  checkArguments("kernelScratch", { model });
  const { tensors } = model;
  if (kernels === "direct") return [];
  const [input, second, third] = operator.inputs.map((index) => tensors[index]);
  const output = tensors[operator.outputs[0]];
  const index = { purpose: "index", sizeBytes: 4 * (input?.shape.length ?? 0) };
  if (operator.op === "MIRROR_PAD") return [index, { ...index, purpose: "output index" }];
  if (REDUCTIONS.includes(operator.op)) {
    const sums = { purpose: "sums", sizeBytes: 4 * elements(output.shape) };
    const hasSums = operator.op === "MEAN" || operator.op === "SUM";
    return [
      ...hasSums && (input.dtype === "int8" || input.dtype === "int16") ? [sums] : [],
      index,
      { purpose: "axes", sizeBytes: 4 * elements(second?.shape ?? []) },
    ];
  }
  if (operator.op === "SVDF") {
    const batches = input.shape[0];
    const units = { purpose: "units", sizeBytes: 4 * elements(output.shape) };
    return [
      { purpose: "filters", sizeBytes: 4 * batches * third.shape[0] },
      ...input.dtype === "int8" ? [units] : [],
    ];
  }
  if (kernels !== "im2col" || !isWindowOperator(operator) || !isWeighted(operator)) return [];
  const [, height, width, channels] = second.shape;
  if (operator.op === "CONV_2D") {
    return [{ purpose: "im2col columns", sizeBytes: 4 * height * width * channels }];
  }
  const rows = input.shape[1] + height - 1;
  const columns = input.shape[2] + width - 1;
  return [{ purpose: "padded channel", sizeBytes: rows * columns * dtypeBits(input.dtype) / 8 }];
}

/** Operators that make one element of many. */
const REDUCTIONS: readonly Operator["op"][] = [
  "MEAN",
  "SUM",
  "REDUCE_MAX",
  "REDUCE_MIN",
  "REDUCE_ALL",
];
