import { isWeighted } from "../model/definition_of.ts";
import { dtypeBits } from "../model/dtype.ts";
import type { Model } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import { elements } from "../model/shape.ts";
import type { Device } from "./devices.ts";
import type { FusionMode, Granularity } from "./segment.ts";
import { isWindowOperator } from "./sliding_window.ts";
import { type TechniqueName, techniqueNames } from "./techniques.ts";

/**
 * Where the model's inputs lie.
 *
 * @category Planner
 */
export type InputPlace = "resident" | "external";

/**
 * Which kernels run, as far as the scratch memory is concerned that they ask for.
 *
 * @category Planner
 */
export type ScratchModel = "direct" | "tflm" | "im2col";

/**
 * Options of `planMemory`.
 *
 * @category Planner
 */
export interface PlanOptions {
  /** Techniques to use, in any order; all when absent. */
  readonly techniques?: readonly TechniqueName[];
  /**
   * `resident` (default): inputs are tensors in the arena, overwritten when they are not needed any
   * more. `external`: they lie elsewhere, are only read and cost nothing.
   */
  readonly input?: InputPlace;
  /**
   * Every offset is a multiple of this, and of the tensor's element size at least. When absent: 16
   * with TensorFlow Lite Micro's allocator, as there, and 1 with `optimal-offsets`.
   */
  readonly alignmentBytes?: number;
  /**
   * Scratch memory of kernels: `direct` ones need none but the ring of a depthwise convolution in
   * place; `tflm` is what the reference kernels request; `im2col` adds to that the column buffers of
   * CMSIS-NN and TinyEngine. When absent: `direct` with the technique `direct-kernels`, else `tflm`.
   */
  readonly scratch?: ScratchModel;
  /** Output pixels that overlapping operators compute together, at least; 1 when absent. */
  readonly pixels?: number;
  /** Channels that a depthwise convolution in place computes together, at least; 1 when absent. */
  readonly channels?: number;
  /** What may be fused; `none` when absent. */
  readonly fusion?: FusionMode;
  /** What rolling segments may compute at a time: whole rows, or also pixels; `row` when absent. */
  readonly granularity?: Granularity;
  /** Rows and columns of tiles, and strips of rolling segments, at most; 8 when absent. */
  readonly mostTiles?: number;
  /**
   * Multiply-accumulates at most, as a factor of the model's; the plan is the one with the least
   * memory among those. When absent: no limit with `patch` or a memory budget, else 1.
   */
  readonly macBudget?: number;
  /** Arena at most; the plan is the one with the fewest multiply-accumulates among those. */
  readonly memoryBudget?: number;
  /** The device that the plan is to fit. */
  readonly device?: Device;
  /** SRAM that the application keeps for itself beside it; 0 when absent. */
  readonly reserveBytes?: number;
  /** Wall-clock limit of the search for offsets in milliseconds; 2,000 when absent. All of the zoo needs
   * less than 100; only tangled graphs whose bound cannot be reached search until then. */
  readonly timeLimitMs?: number;
}

/** Options with every default filled in. */
export interface PlanSettings {
  readonly uses: (technique: TechniqueName) => boolean;
  readonly techniques: readonly TechniqueName[];
  readonly input: InputPlace;
  readonly alignmentBytes: number;
  readonly scratch: ScratchModel;
  readonly pixels: number;
  readonly channels: number;
  readonly timeLimitMs: number;
  readonly fusion: FusionMode;
  readonly granularity: Granularity;
  readonly mostTiles: number;
  readonly macBudget: number;
  readonly memoryBudget: number | null;
  /** The arena of an operator's subgraphs; null if they need none. */
  readonly arenaOf: (operator: Operator) => CalleeArena | null;
}

/** An arena for all subgraphs that one operator runs, which lie over each other in it. */
export interface CalleeArena {
  readonly purpose: string;
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  /** What it is larger than it had to be, if subgraphs have no optimal plan. */
  readonly spareBytes: number;
}

/**
 * Fills in defaults.
 *
 * @throws {RangeError} for an unknown technique, input or scratch model, or a number out of range.
 */
export function planSettings(
  options: PlanOptions,
  arenaOf: PlanSettings["arenaOf"] = () => null,
): PlanSettings {
  const asked = options.techniques ?? techniqueNames;
  for (const name of asked) oneOf("technique", name, techniqueNames);
  const uses = (name: TechniqueName) => asked.includes(name);
  const { input = "resident", pixels = 1, channels = 1, timeLimitMs = 2000 } = options;
  oneOf("input", input, ["resident", "external"]);
  const { scratch = uses("direct-kernels") ? "direct" : "tflm" } = options;
  oneOf("scratch", scratch, ["direct", "tflm", "im2col"]);
  const { alignmentBytes = uses("optimal-offsets") ? 1 : 16 } = options;
  for (const [name, value] of Object.entries({ alignmentBytes, pixels, channels })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`${name} is ${value}, needed a whole number of at least 1`);
  }
  const { fusion = "none", granularity = "row", mostTiles = 8, memoryBudget = null } = options;
  oneOf("fusion", fusion, ["none", "patch", "rolling", "best"]);
  oneOf("granularity", granularity, ["row", "pixel"]);
  if (!(Number.isInteger(mostTiles) && mostTiles >= 1)) {
    throw new RangeError(`mostTiles is ${mostTiles}, needed a whole number of at least 1`);
  }
  const isFree = fusion === "patch" || memoryBudget !== null;
  const { macBudget = isFree ? Infinity : 1 } = options;
  if (!(macBudget >= 1)) throw new RangeError(`macBudget is ${macBudget}, needed at least 1`);
  if (memoryBudget !== null && !(memoryBudget >= 0)) {
    throw new RangeError(`memoryBudget is ${memoryBudget}, needed at least 0`);
  }
  if (!(timeLimitMs >= 0)) throw new RangeError(`timeLimitMs is ${timeLimitMs}, needed at least 0`);
  return {
    uses,
    techniques: techniqueNames.filter(uses),
    input,
    alignmentBytes,
    scratch,
    pixels,
    channels,
    timeLimitMs,
    fusion,
    granularity,
    mostTiles,
    macBudget,
    memoryBudget,
    arenaOf,
  };
}

function oneOf(what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new RangeError(`${what} "${value}", needed one of ${known.join(", ")}`);
}

/**
 * A plan that does not hold: what is wrong, at which operator, tensor and byte.
 *
 * @category Planner
 */
export class PlanError extends Error {
  /** The class, for people. */
  override readonly name = "PlanError";
}

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
 * - `tflm`: what the reference kernels of TensorFlow Lite Micro request: MEAN of integers sums of
 *   int32, an index and the axes; SVDF a sum of int32 for every filter and, of integers, every unit.
 *   Source: `reduce_common.cc` and `svdf_common.cc` in tensorflow/lite/micro/kernels of
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
  { tensors }: Model,
  operator: Operator,
  kernels: ScratchModel = "direct",
): readonly ScratchBuffer[] {
  if (kernels === "direct") return [];
  const [input, second, third] = operator.inputs.map((index) => tensors[index]);
  const output = tensors[operator.outputs[0]];
  if (operator.op === "MEAN") {
    const sums = { purpose: "sums", sizeBytes: 4 * elements(output.shape) };
    return [
      ...input.dtype === "int8" || input.dtype === "int16" ? [sums] : [],
      { purpose: "index", sizeBytes: 4 * input.shape.length },
      { purpose: "axes", sizeBytes: 4 * elements(second.shape) },
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
