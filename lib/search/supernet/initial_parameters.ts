import { xoroshiro128plus } from "../../npm/pure_rand.ts";
import { bell } from "../../model/zoo/bell.ts";
import { floatsAt } from "./training_memory.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Weights drawn such that results vary as much as inputs (He et al., ICCV 2015); batch normalizations
 * that change nothing.
 */
export function initializeParameters(workspace: Workspace, seed: number): void {
  const { memory, layers, parameters, parameterCount, classifier, space } = workspace;
  floatsAt(memory, parameters, parameterCount).fill(0);
  const random = xoroshiro128plus(seed);
  const draw = (address: number, { count, taps }: { count: number; taps: number }) => {
    const deviation = Math.sqrt(2 / taps);
    const values = floatsAt(memory, address, count);
    for (let i = 0; i < count; i++) values[i] = deviation * bell[random.next() & 255];
  };
  for (const layer of layers) {
    const { kind, kernel, inputChannels, channels } = layer;
    const taps = kernel ** 2 * (kind === "depthwise" ? 1 : inputChannels);
    draw(layer.weights, { count: taps * channels, taps });
    floatsAt(memory, layer.gamma, channels).fill(1);
  }
  const { channels, weights } = classifier;
  draw(weights, { count: channels * space.classes, taps: channels });
}
