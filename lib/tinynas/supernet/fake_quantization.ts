import type { Model } from "../../model/model.ts";
import { type ChannelStatistics, EPSILON } from "./batch_norm.ts";
import type { ActiveLayer } from "./elastic_layers.ts";
import type { RoundResult } from "./passes.ts";
import { LARGEST_WEIGHT, type TensorRange } from "./quantize_constants.ts";
import { weightRows } from "./subnetwork.ts";
import { floatsAt } from "./training_memory.ts";
import type { Workspace } from "./workspace.ts";

/** How an int8 model holds an activation. */
export interface ActivationScale {
  readonly range: TensorRange;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** By the name of the tensor. */
export type ActivationScales = Readonly<Record<string, ActivationScale>>;

/** Those of a quantized model's operators. */
export function activationScales({ tensors, operators }: Model): ActivationScales {
  return Object.fromEntries(
    operators.flatMap(({ outputs }) => outputs).map((output) => {
      const { name, quantization } = tensors[output];
      const { scales: [scale], zeroPoints: [zeroPoint], min, max } = quantization!;
      return [name, { range: { least: min![0], most: max![0] }, scale, zeroPoint }];
    }),
  );
}

/**
 * Rounds results in place to what int8 has of them. In the gradient of such a pass the rounding counts as
 * nothing: the straight-through estimator (Bengio et al., 2013; Jacob et al., CVPR 2018, section 3).
 */
export function roundTo({ memory }: Workspace, activations: ActivationScales): RoundResult {
  return (name, { address, count }) => {
    const { scale, zeroPoint } = activations[name];
    memory.kernels.roundToInt8(address, count * 4, 1 / scale, scale, zeroPoint);
  };
}

/** Rounds the weights that a network uses as `quantizedWeights` does: those of convolutions per channel. */
export function roundWeights(workspace: Workspace, active: readonly ActiveLayer[]): void {
  const { memory, layers, classifier, space } = workspace;
  for (const layer of active) {
    const place = layers[layer.index];
    const first = place.weights / 4;
    const rows = weightRows(layer, place);
    for (let c = 0; c < layer.channels; c++) {
      let most = 0;
      for (const row of rows) most = Math.max(most, Math.abs(memory.floats[first + row + c]));
      const scale = Math.fround(most / LARGEST_WEIGHT) || 1;
      for (const row of rows) {
        const at = first + row + c;
        memory.floats[at] = Math.round(memory.floats[at] / scale) * scale;
      }
    }
  }
  const { channels } = active[active.length - 1];
  const dense = floatsAt(memory, classifier.weights, channels * space.classes);
  const most = dense.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const scale = Math.fround(most / LARGEST_WEIGHT) || 1;
  dense.forEach((value, i) => dense[i] = Math.round(value / scale) * scale);
}

/** With these statistics and a gamma of 1, a batch normalization only adds its beta. */
export function identityStatistics(active: readonly ActiveLayer[]): readonly ChannelStatistics[] {
  return active.map(({ channels }) => ({
    mean: new Float32Array(channels),
    variance: new Float32Array(channels).fill(1 - EPSILON),
  }));
}
