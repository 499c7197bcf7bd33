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

/** Fitted by `deno run -A tests/mcu/fit_latency.ts`. */
export const instructionCosts: Readonly<Record<"portable" | "cortex-m4", InstructionCosts>> = {
  portable: {
    fusedFactor: 1.2,
    kinds: {
      "pointwise": [4, 20, 0, 300],
      "convolution": [4, 20, 0, 300],
      "shallow convolution": [4, 20, 0, 300],
      "depthwise": [5, 20, 0, 300],
      "fully connected": [4, 20, 0, 300],
      "add": [0, 20, 0, 300],
      "mean": [0, 20, 4, 300],
      "pool": [0, 20, 4, 300],
      "softmax": [0, 100, 0, 300],
      "other": [4, 20, 0, 300],
    },
  },
  "cortex-m4": {
    fusedFactor: 1.2,
    kinds: {
      "pointwise": [4, 20, 0, 300],
      "convolution": [4, 20, 0, 300],
      "shallow convolution": [4, 20, 0, 300],
      "depthwise": [5, 20, 0, 300],
      "fully connected": [4, 20, 0, 300],
      "add": [0, 20, 0, 300],
      "mean": [0, 20, 4, 300],
      "pool": [0, 20, 4, 300],
      "softmax": [0, 100, 0, 300],
      "other": [4, 20, 0, 300],
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
