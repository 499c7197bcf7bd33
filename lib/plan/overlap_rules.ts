import { checkArguments, checkOptions } from "../check_arguments.ts";
import { isContradiction } from "../model/check_operator.ts";
import { accessOf } from "../model/definition_of.ts";
import { dtypeBits } from "../model/dtype.ts";
import type { Model } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import { elements } from "../model/shape.ts";
import type { GraphStep } from "./graph/plan_graph.ts";
import { movementRules, rowRules } from "./movement_overlap.ts";
import { depthwiseDelay } from "./in_place_depthwise.ts";
import {
  elementwiseDistance,
  forwardDistance,
  overlapDistance,
  reverseDistance,
} from "./overlap_distance.ts";
import type { PlanBuffer } from "./plan.ts";
import {
  type ImagePadding,
  imageWindow,
  inputPixels,
  isWindowOperator,
  type LoopDirection,
  outputPixels,
  rowWindow,
  type SlidingWindow,
} from "./sliding_window.ts";

/**
 * A safe way for an operator to store its output over one of its inputs.
 *
 * @category Planner
 */
export interface OverlapRule {
  /** Which of the operator's inputs. */
  readonly position: number;
  /** Which of its outputs. */
  readonly output: number;
  /** Distance (output minus input) up to which loops that run forward are safe. */
  readonly forwardBytes: number;
  /** Distance from which on loops that run backward are safe. */
  readonly reverseBytes: number;
  /** Distance at which no byte moves, so that the output is a view of the input; null: none. */
  readonly stillBytes: number | null;
  /** Whether all of one lies in the other then, so that both may live on. */
  readonly isView: boolean;
  /** Distances at which a depthwise convolution may go channel by channel. */
  readonly inPlace: readonly InPlaceRule[];
  /** Why, in words. */
  readonly reason: string;
}

/**
 * A distance at which a depthwise convolution may go channel by channel.
 *
 * @category Planner
 */
export interface InPlaceRule {
  /** Output minus input. */
  readonly distanceBytes: number;
  /** Direction of the loops over rows and columns. */
  readonly direction: LoopDirection;
  /** Pixels of a channel to hold back before they are stored. */
  readonly delayPixels: number;
  /** Bytes of a ring for one channel. */
  readonly ringBytes: number;
}

/**
 * Options of {@link overlapRules}.
 *
 * @category Planner
 */
export interface OverlapRulesOptions {
  /** PAD operators that the operator does itself. */
  readonly folded?: { readonly padding: ImagePadding; readonly input: number } | null;
  /** Output pixels computed together; 1 when absent. */
  readonly pixels?: number;
}

/**
 * What an operator's loops allow its output to share with its inputs, provided that nobody needs
 * these any more: convolutions, pools and fully connected layers of several rows by their windows,
 * element-wise operators at the same element (inputs that are broadcast not), softmax by its last
 * pass, operators that move elements by the order in which they do, images that are scaled or
 * convolved in transpose by their rows. Empty for all other operators.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type ModelTensor, overlapRules } from "tinyloom";
 *
 * const tensor: ModelTensor = {
 *   name: "", dtype: "int8", shape: [1, 64], quantization: null, data: null, isVariable: false,
 * };
 * const relu = { op: "RELU", inputs: [0], outputs: [1], version: 1, attributes: {} } as const;
 * const model = {
 *   name: "", description: "", tensors: [tensor, tensor], operators: [relu], inputs: [0],
 *   outputs: [1], metadata: [], signatures: [], otherSubgraphs: [], lost: [],
 * };
 * const [rule] = overlapRules(model, relu);
 * assert.deepEqual([rule.forwardBytes, rule.reverseBytes], [0, 0]);
 * ```
 *
 * @category Planner
 */
export function overlapRules(
  model: Model,
  operator: Operator,
  options: OverlapRulesOptions = {},
): readonly OverlapRule[] {
  checkOptions("overlapRules", options, "folded pixels");
  checkArguments("overlapRules", { model });
  const { folded = null, pixels = 1 } = options;
  if (isContradiction(operator, model.tensors)) return [];
  const access = accessOf(operator);
  // Softmax reads a row as a whole, and stores it in its last pass.
  if (access.kind === "elementwise" || access.kind === "rows") {
    return elementwiseRules(model, operator);
  }
  const moved = movementRules(model, operator) ?? rowRules(model, operator);
  if (moved !== null) return moved;
  const window = windowOf(model, operator, folded);
  if (window === null || access.kind !== "window") return [];
  const inPlace = access.isChannelwise ? inPlaceRules(model, operator, window) : [];
  if (outputPixels(window) < 2 && inPlace.length === 0) return [];
  const distance = overlapDistance(window, { pixels });
  const reason = "an output element is stored when no later window contains the input below it";
  return [{
    position: 0,
    output: 0,
    ...distance,
    stillBytes: null,
    isView: false,
    inPlace,
    reason,
  }];
}

/** How an operator walks over its first input; null where no rule is known. */
export function windowOf(
  model: Model,
  operator: Operator,
  folded: OverlapRulesOptions["folded"] = null,
): SlidingWindow | null {
  if (isWindowOperator(operator)) {
    const isPacked = dtypeBits(model.tensors[operator.outputs[0]].dtype) < 8;
    return isPacked ? null : imageWindow(model, operator, folded ?? null);
  }
  if (accessOf(operator).kind !== "window") return null;
  const [input, output] = [operator.inputs[0], operator.outputs[0]].map((t) => model.tensors[t]);
  const depth = model.tensors[operator.inputs[1]].shape[1];
  return rowWindow(input, output, elements(input.shape) / depth);
}

function elementwiseRules({ tensors }: Model, operator: Operator): OverlapRule[] {
  const output = tensors[operator.outputs[0]];
  const count = elements(output.shape);
  const outputBytes = dtypeBits(output.dtype) / 8;
  const reason = "an output element is stored after the input element below it was read";
  return operator.inputs.flatMap((index, position) => {
    if (index === -1 || elements(tensors[index].shape) !== count) return [];
    const inputBytes = dtypeBits(tensors[index].dtype) / 8;
    if (inputBytes < 1 || outputBytes < 1) return [];
    const distance = elementwiseDistance({ count, inputBytes, outputBytes });
    return [{
      position,
      output: 0,
      ...distance,
      stillBytes: null,
      isView: false,
      inPlace: [],
      reason,
    }];
  });
}

/** At the start of the input going forward, and at its end going backward. */
function inPlaceRules(model: Model, operator: Operator, window: SlidingWindow): InPlaceRule[] {
  const [input, output] = [operator.inputs[0], operator.outputs[0]].map((t) => model.tensors[t]);
  const { inputPixelBytes, outputPixelBytes, outputElementBytes } = window;
  if (input.dtype !== output.dtype || inputPixelBytes !== outputPixelBytes) return [];
  const end = inputPixels(window) - outputPixels(window);
  if (end < 0) return [];
  const places = [{ shift: 0, direction: "forward" }, {
    shift: end,
    direction: "reverse",
  }] as const;
  return places.map(({ shift, direction }) => {
    const delayPixels = depthwiseDelay(window, { shiftPixels: shift, direction });
    return {
      distanceBytes: shift * inputPixelBytes,
      direction,
      delayPixels,
      ringBytes: delayPixels * outputElementBytes,
    };
  });
}

const MOST_PIXELS = 16;

/**
 * Output pixels, a power of two up to 16, that an overlapping operator may compute together where its
 * buffers lie; null for an element-wise operator, which has no limit.
 */
export function pixelsAtOnce(
  model: Model,
  { step, direction, buffers }: {
    readonly step: GraphStep;
    readonly direction: LoopDirection;
    readonly buffers: readonly PlanBuffer[];
  },
): number | null {
  const window = windowOf(model, model.operators[step.operator], step.folded);
  if (window === null) return null;
  const offsetOf = (tensor: number) =>
    buffers.find(({ tensors }) => tensors.includes(tensor))!.offsetBytes;
  const distance = offsetOf(step.outputs[0]) - offsetOf(step.inputs[0]);
  for (let pixels = MOST_PIXELS; pixels > 1; pixels /= 2) {
    const isSafe = direction === "forward"
      ? distance <= forwardDistance(window, pixels)
      : distance >= reverseDistance(window, pixels);
    if (isSafe) return pixels;
  }
  return 1;
}
