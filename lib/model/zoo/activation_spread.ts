import { bell } from "./bell.ts";

/** Activations that the layers of the zoo are fused with. */
export type FusedActivation = "NONE" | "RELU" | "RELU6";

/** How results of a layer are quantized, and how much they vary. */
export interface ActivationSpread {
  /** Variance of the real values. */
  readonly variance: number;
  /** A float32 value. */
  readonly scale: number;
  /** Within -128 to 127. */
  readonly zeroPoint: number;
}

const STEPS = 255;

/**
 * Range and variance of bell-shaped sums of the given standard deviation behind an activation:
 * RELU6 takes its full range 0 to 6; RELU from 0 and linear results from below to above as many
 * deviations as `reach` says (as calibration on data would find it, uneven on both sides).
 */
export function activationSpread(
  activation: FusedActivation,
  options: { readonly deviation: number; readonly reach: readonly [number, number] },
): ActivationSpread {
  const { deviation, reach: [below, above] } = options;
  const variance = varianceBehind(activation, deviation);
  if (activation === "RELU6") return { variance, scale: Math.fround(6 / STEPS), zeroPoint: -128 };
  if (activation === "RELU") {
    return { variance, scale: Math.fround(above * deviation / STEPS), zeroPoint: -128 };
  }
  const scale = Math.fround((below + above) * deviation / STEPS);
  return { variance, scale, zeroPoint: Math.round(below * deviation / scale) - 128 };
}

function varianceBehind(activation: FusedActivation, deviation: number): number {
  if (activation === "NONE") return deviation * deviation;
  const limit = activation === "RELU6" ? 6 : Infinity;
  let sum = 0;
  let squares = 0;
  for (const value of bell) {
    const result = Math.min(limit, Math.max(0, value * deviation));
    sum += result;
    squares += result * result;
  }
  const mean = sum / bell.length;
  return squares / bell.length - mean * mean;
}
