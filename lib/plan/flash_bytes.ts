import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";

/** Flash by what it holds, as X-CUBE-AI's report splits it: constants, their scales, code. */
export interface FlashBytes {
  /** Filters, matrices, tables. */
  readonly weightsBytes: number;
  /** Biases of convolutions and fully connected layers. */
  readonly biasBytes: number;
  /** A multiplier (4 bytes) and a shift (4 bytes) for every scale of every requantizing operator. */
  readonly quantizationBytes: number;
  /** Estimate: start-up and glue, a kernel for each distinct shape of loop, a call for each layer. */
  readonly codeBytes: number;
}

// Fitted to the flash that TinyEngine's README reports for eleven networks on an STM32H743.
const BASE_BYTES = 12_000;
const KERNEL_BYTES = 2_000;
const CALL_BYTES = 96;

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
 */
export function flashBytes(model: Model): FlashBytes {
  const { tensors, operators } = model;
  const biases = new Set<number>();
  const kernels = new Set<string>();
  let scales = 0;
  for (const operator of operators) {
    const { inputs, outputs } = operator;
    const isLayer = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"].includes(operator.op);
    if (isLayer && inputs.length > 2 && inputs[2] !== -1) biases.add(inputs[2]);
    if (operator.op === "SVDF" && inputs[3] !== -1) biases.add(inputs[3]);
    const taps = isLayer ? tensors[inputs[1]].shape.slice(1, 3).join("x") : "";
    const stride = "strideH" in operator.attributes ? operator.attributes.strideH : "";
    kernels.add([operatorName(operator), taps, stride].join());
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
  const codeBytes = codeEstimate({ kernels: kernels.size, calls: operators.length });
  return { weightsBytes, biasBytes, quantizationBytes: SCALE_BYTES * scales, codeBytes };
}

/** Estimated bytes of code: `kernels` distinct shapes of loops, `calls` of them. */
export function codeEstimate(
  { kernels, calls }: { readonly kernels: number; readonly calls: number },
): number {
  return BASE_BYTES + KERNEL_BYTES * kernels + CALL_BYTES * calls;
}

/** The sum of its parts. */
export function totalFlash(flash: FlashBytes): number {
  return flash.weightsBytes + flash.biasBytes + flash.quantizationBytes + flash.codeBytes;
}
