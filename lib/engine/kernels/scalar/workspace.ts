import type { Region } from "../../../kernel/kernel.ts";
import { accessOf, isWeighted } from "../../../model/definition_of.ts";
import type { Model } from "../../../model/model.ts";
import type { Operator } from "../../../model/operator.ts";
import { elements } from "../../../model/shape.ts";
import { scratchBytes } from "../../../model/state.ts";
import { windowOf } from "../../../plan/overlap_rules.ts";
import type { Plan, PlanStep } from "../../../plan/plan.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import { fallback, type ScalarOptions } from "./scalar_options.ts";

/** Memory outside of the arena that a scalar kernel works in. */
export interface WorkspaceBytes {
  /** An int32 for each element of the output, where nothing is fused. */
  readonly accumulatorBytes: number;
  /** Columns of int16 of the pixels computed together, for one thread. */
  readonly columnBytes: number;
}

/** What a step needs; columns only for an operator with weights. */
export function workspaceOf(
  model: Model,
  step: PlanStep,
  options: ScalarOptions,
): WorkspaceBytes {
  const { fusion, windows, pixels } = possibleOptions(model, step, options);
  const accumulatorBytes = fusion ? 0 : 4 * elements(model.tensors[step.outputs[0]].shape);
  const window = windows === "columns" ? windowOf(model, model.operators[step.operator]) : null;
  if (window === null) return { accumulatorBytes, columnBytes: 0 };
  return { accumulatorBytes, columnBytes: columnBytesOf(window) * pixels };
}

/** Bytes of one pixel's column of int16. */
function columnBytesOf({ kernelHeight, kernelWidth, inputPixelBytes }: SlidingWindow): number {
  return 2 * kernelHeight * kernelWidth * inputPixelBytes;
}

/** The part of the memory beside the arena that the kernel of a layer works in. */
export function ownWorkspace(layer: Layer, options: ScalarOptions): Region {
  const { accumulatorBytes, columnBytes } = workspaceOf(layer.model, layer.step, options);
  const sizeBytes = accumulatorBytes + columnBytes * layer.threads;
  return { ...layer.workspace, sizeBytes };
}

/** What the greediest step of a plan needs, all threads together. */
export function workspaceBytesOf(
  model: Model,
  { steps }: Plan,
  { scalar, threads }: { readonly scalar: ScalarOptions | null; readonly threads: number },
): number {
  const bytes = steps.map((step) => {
    const operator = model.operators[step.operator];
    if (scalar === null || !hasOptions(operator)) return scratchBytes(operator, model.tensors);
    if (model.tensors[step.outputs[0]].dtype !== "int8") return 0;
    const { accumulatorBytes, columnBytes } = workspaceOf(model, step, scalar);
    return accumulatorBytes + columnBytes * threads;
  });
  return Math.max(0, ...bytes);
}

/** Whether an operator's scalar kernel is written with the options. */
function hasOptions(operator: Operator): boolean {
  return accessOf(operator).kind === "window" || operator.op === "ADD";
}

/**
 * What of the options a step can have; in a segment none, since its rectangles are small. Columns hold all channels of a window, which an operator in
 * place does not have together and a grouped convolution does not read in one run; tiles need columns.
 */
export function possibleOptions(
  model: Model,
  step: PlanStep,
  options: ScalarOptions,
): ScalarOptions {
  if (step.form === "fused") return fallback;
  const { tensors } = model;
  const operator = model.operators[step.operator];
  const { op, inputs } = operator;
  const isInPlace = options.fusion && step.form === "in-place";
  const isGrouped = op === "CONV_2D" &&
    tensors[inputs[0]].shape[3] !== tensors[inputs[1]].shape[3];
  if (options.windows !== "columns" || !isWeighted(operator) || isInPlace || isGrouped) {
    const windows = options.windows === "columns" ? "ranges" : options.windows;
    return { ...options, windows, pixels: 1, filters: 1 };
  }
  const most = options.fusion ? step.pixelsAtOnce ?? options.pixels : options.pixels;
  const window = windowOf(model, operator)!;
  const room = Math.floor((options.mostColumnBytes ?? Infinity) / columnBytesOf(window));
  const isLimited = options.mostColumnBytes !== undefined;
  if (room < 1 || isLimited && op === "DEPTHWISE_CONV_2D") {
    return { ...options, windows: "ranges", pixels: 1 };
  }
  return { ...options, pixels: Math.min(options.pixels, most, window.outputWidth, room) };
}
