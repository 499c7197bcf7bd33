import { isWeighted } from "../model/definition_of.ts";
import type { Model } from "../model/model.ts";

/**
 * Flash by what it holds, as X-CUBE-AI's report splits it: constants, their scales, code.
 *
 * @category Planner
 */
export interface FlashBytes {
  /** Filters, matrices, tables. */
  readonly weightsBytes: number;
  /** Biases of convolutions and fully connected layers. */
  readonly biasBytes: number;
  /** A multiplier (4 bytes) and a shift (4 bytes) for every scale of every requantizing operator. */
  readonly quantizationBytes: number;
  /** Estimate of the C that `deploy` writes, compiled for a Cortex-M4: see `codeEstimate`. */
  readonly codeBytes: number;
}

// Fitted to the code of 22 models for Cortex-M4, arm-none-eabi-gcc 12.2.1 -O3, 2026-11-30: code within
// 18 %, Flash as a whole within 4 %. `deno run -A tests/mcu/sizes.ts` measures and fits again.
const BASE_BYTES = 2_465;
const POINTWISE_BYTES = 269;
const CONVOLUTION_BYTES = 2_437;
const DEPTHWISE_BYTES = 231;
const DEPTHWISE_KERNEL_BYTES = 1_884;
const OTHER_BYTES = 401;

/** What an operator's code depends on. */
export interface CodeShape {
  /** TFLite's name of the operator. */
  readonly op: string;
  /** Rows and columns of its filter. */
  readonly taps: readonly [number, number];
  /** Rows from one window to the next. */
  readonly stride: number;
}

/** A multiplier and a shift, 4 bytes each. */
export const SCALE_BYTES = 8;

/**
 * Flash that a model needs when it is compiled: constants exactly, quantization parameters as a
 * requantizing kernel reads them (one multiplier and shift for each output channel), code as an
 * estimate. Constants that only tell about shapes and axes are compiled in and count as code.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { flashBytes } from "tinyloom";
 *
 * const flash = flashBytes({
 *   name: "", description: "", tensors: [], operators: [], inputs: [], outputs: [], metadata: [],
 *   signatures: [], otherSubgraphs: [], lost: [],
 * });
 * assert.equal(flash.weightsBytes, 0);
 * ```
 *
 * @category Planner
 */
export function flashBytes(model: Model): FlashBytes {
  const { tensors, operators } = model;
  const biases = new Set<number>();
  const shapes: CodeShape[] = [];
  let scales = 0;
  for (const operator of operators) {
    const { inputs, outputs } = operator;
    const isLayer = isWeighted(operator);
    if (isLayer && inputs.length > 2 && inputs[2] !== -1) biases.add(inputs[2]);
    if (operator.op === "SVDF" && inputs[3] !== -1) biases.add(inputs[3]);
    const [, height = 1, width = 1] = isLayer ? tensors[inputs[1]].shape : [];
    const stride = "strideH" in operator.attributes ? Number(operator.attributes.strideH) : 1;
    shapes.push({ op: operator.op, taps: [height, width], stride });
    const filter = isLayer ? tensors[inputs[1]] : null;
    const isQuantized = outputs.some((output) => (tensors[output].quantization) !== null);
    if (isQuantized) scales += Math.max(1, filter?.quantization?.scales.length ?? 1);
  }
  let weightsBytes = 0;
  let biasBytes = 0;
  tensors.forEach(({ data, dtype, quantization }, tensor) => {
    if (data === null) return;
    if (biases.has(tensor)) biasBytes += data.length;
    else if (quantization !== null || dtype.startsWith("float")) weightsBytes += data.length;
  });
  const codeBytes = codeEstimate(shapes);
  return { weightsBytes, biasBytes, quantizationBytes: SCALE_BYTES * scales, codeBytes };
}

/**
 * Estimated bytes of code: what each operator takes by its kind, and each distinct filter and stride of
 * depthwise convolutions, whose kernels others share.
 */
export function codeEstimate(shapes: Iterable<CodeShape>): number {
  const kernels = new Set<string>();
  let bytes = BASE_BYTES;
  for (const { op, taps: [height, width], stride } of shapes) {
    if (op === "CONV_2D") bytes += height * width === 1 ? POINTWISE_BYTES : CONVOLUTION_BYTES;
    else if (op === "DEPTHWISE_CONV_2D") {
      bytes += DEPTHWISE_BYTES;
      kernels.add(`${height} ${width} ${stride}`);
    } else bytes += OTHER_BYTES;
  }
  return bytes + DEPTHWISE_KERNEL_BYTES * kernels.size;
}

/** The sum of its parts. */
export function totalFlash(flash: FlashBytes): number {
  return flash.weightsBytes + flash.biasBytes + flash.quantizationBytes + flash.codeBytes;
}
