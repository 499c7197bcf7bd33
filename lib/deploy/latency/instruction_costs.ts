import type { LayerKind, LayerWork } from "./layer_kind.ts";

/** Instructions for each multiply-accumulate, each element written and read, and each call. */
export type InstructionCost = readonly [
  perMac: number,
  perOutput: number,
  perInput: number,
  perCall: number,
];

/** Costs of one set of kernels. */
export interface InstructionCosts {
  readonly kinds: Readonly<Record<LayerKind, InstructionCost>>;
  /** Instructions of operators that run together over those of the same layer by layer. */
  readonly fusedFactor: number;
}

/**
 * Fitted to instructions of single layers in QEMU, arm-none-eabi-gcc 12.2.1 -O3, 2026-11-30, over 22
 * models (1,103 layers) with kernels for DSP extensions, whole models within 7 %, and 12 models with
 * portable ones, within 22 %: their depthwise layers differ by the filter. Repeat with
 * `deno run -A tests/mcu/fit_latency.ts [portable]`.
 */
export const instructionCosts: Readonly<Record<"portable" | "cortex-m4", InstructionCosts>> = {
  portable: {
    fusedFactor: 1.32,
    kinds: {
      "pointwise": [2.715, 37.03, 2.071, 0],
      "convolution": [2.991, 22.49, 0, 0],
      "shallow convolution": [2.566, 37.72, 10.24, 66350],
      "depthwise": [1.315, 61.95, 2.263, 0],
      "depthwise by channels": [5.319, 98.51, 7.396, 0],
      "fully connected": [2.905, 25.46, 3.616, 0],
      "add": [0, 46.64, 0, 90],
      "mean": [0, 0, 2.225, 3435],
      "pool": [0, 8.769, 2.318, 0],
      "softmax": [0, 33.78, 0, 97],
      "other": [4, 2.34, 0, 0],
    },
  },
  "cortex-m4": {
    fusedFactor: 1.04,
    kinds: {
      "pointwise": [0.8475, 5.17, 1.576, 338],
      "convolution": [0.8744, 27.5, 0, 0],
      "shallow convolution": [1.026, 2.241, 6.366, 16950],
      "depthwise": [1.623, 2.925, 2.757, 10580],
      "depthwise by channels": [5.319, 98.51, 7.396, 0],
      "fully connected": [1.197, 5.882, 2.181, 23.07],
      "add": [0, 14.09, 0, 94.19],
      "mean": [0, 0, 3.827, 1621],
      "pool": [0, 7.635, 2.434, 0],
      "softmax": [0, 33.71, 0, 97.6],
      // Seen once, as a TRANSPOSE; multiply-accumulates as scalar kernels do them.
      "other": [4, 2.34, 0, 0],
    },
  },
};

/** Instructions of a layer that runs by itself. */
export function instructionsOf(
  { kind, macs, outputs, inputs }: LayerWork,
  { kinds }: InstructionCosts,
): number {
  const [perMac, perOutput, perInput, perCall] = kinds[kind];
  return perMac * macs + perOutput * outputs + perInput * inputs + perCall;
}
