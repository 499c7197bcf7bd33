import { type QuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { scaleOf } from "./expect.ts";

/** The tensors of an SVDF whose scales matter. */
export type SvdfTensors = Readonly<
  Record<"input" | "feature" | "time" | "state" | "output", Tensor>
>;

/** Factors from sums over the input to the state, and from sums over the state to the output. */
export function svdfFactors({ input, feature, time, state, output }: SvdfTensors): {
  readonly stateFactor: QuantizedMultiplier;
  readonly factor: QuantizedMultiplier;
} {
  const f = Math.fround;
  return {
    stateFactor: quantizeMultiplier(f(f(scaleOf(input) * scaleOf(feature)) / scaleOf(state))),
    factor: quantizeMultiplier(f(f(scaleOf(state) * scaleOf(time)) / scaleOf(output))),
  };
}
