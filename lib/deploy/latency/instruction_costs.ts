import { accessOf } from "../../model/definition_of.ts";
import type { Operator } from "../../model/operator.ts";
import type { DeployTargetName } from "../deploy_targets.ts";

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

/**
 * Cycles from instructions, which is all that QEMU counts.
 *
 * @category Deployment
 */
export interface CycleModel {
  /** Cycles an instruction takes on average. */
  readonly cyclesPerInstruction: number;
  /** How far off it may be, as a share. */
  readonly errorShare: number;
  /** Where both come from. */
  readonly source: string;
}

const M4: CycleModel = {
  cyclesPerInstruction: 1.38,
  errorShare: 0.1,
  source: "timings of the Cortex-M4 Technical Reference Manual, zero wait states, summed over " +
    "traces of person_detect, kws_ref_model, ad01_int8 and mcunet_vww1",
};

/** What is known of each processor; null: nothing. */
export const cycleModels: Readonly<Record<DeployTargetName, CycleModel | null>> = {
  "portable": null,
  "cortex-m4": M4,
  "cortex-m33": { ...M4, errorShare: 0.2, source: `those of the Cortex-M4: ${M4.source}` },
  "cortex-m7": {
    cyclesPerInstruction: 0.85,
    errorShare: 0.3,
    source: "published times on an STM32H743 over instructions counted in QEMU: TinyEngine 0.69, " +
      "CMSIS-NN 1.02",
  },
  "cortex-m55": {
    cyclesPerInstruction: 1.1,
    errorShare: 0.4,
    source: "a guess between Cortex-M7 and Cortex-M4: nothing was measured",
  },
  "host": null,
};

/** Layers whose instructions grow in the same way. */
type LayerKind =
  | "pointwise"
  | "convolution"
  | "shallow convolution"
  | "depthwise"
  /** In place with so few channels together that only kernels for one can run. */
  | "depthwise by channels"
  | "fully connected"
  | "add"
  | "mean"
  | "pool"
  | "softmax"
  | "other";

/** What the instructions of a layer are estimated from. */
export interface LayerWork {
  readonly kind: LayerKind;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** Elements written. */
  readonly outputs: number;
  /** Elements read, but for weights. */
  readonly inputs: number;
}

/** The kind of a layer by its operator, its filter and the channels that it reads. */
export function layerKind(
  op: Operator["op"],
  { taps, inputChannels }: { readonly taps: number; readonly inputChannels: number },
): LayerKind {
  const access = accessOf({ op });
  if (access.kind === "rows") return "softmax";
  if (access.kind === "window") {
    if (!access.isWeighted) return "pool";
    if (access.over === "rows") return "fully connected";
    if (access.isChannelwise) return "depthwise";
    if (taps === 1) return "pointwise";
    return inputChannels < 4 ? "shallow convolution" : "convolution";
  }
  if (op === "ADD") return "add";
  return op === "MEAN" ? "mean" : "other";
}
