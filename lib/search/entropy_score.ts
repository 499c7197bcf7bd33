import type { NetworkLayer } from "./network_layers.ts";

/**
 * Entropy of a network as DeepMAD has it (Shen et al., CVPR 2023, section 3): how much the features
 * of Gaussian weights can tell, which grows with depth and width and follows accuracy within a
 * family of networks, without any training. For each resolution
 * `H = ln(r² c) · Σ ln(c_in k² / g)`, the sum over all convolutions up to there, r and c those of the
 * last of them, g the groups; resolutions weigh 1, 1, 1, 1 and the last one 8, as there. Their limit
 * of the depth is left out: the space limits it. (The authors' code, alibaba/lightweight-neural-
 * architecture-search, adds logarithms of standard deviations, half of these: the order is the same.)
 */
export function entropyScore(layers: readonly NetworkLayer[]): number {
  const convolutions = layers.filter(({ op }) => op.endsWith("CONV_2D"));
  let expressive = 0;
  let score = 0;
  convolutions.forEach((layer, index) => {
    const { op, kernel, inputChannels, outputChannels, outputSize } = layer;
    expressive += Math.log(kernel ** 2 * (op === "CONV_2D" ? inputChannels : 1));
    const next = convolutions[index + 1];
    if (next?.outputSize === outputSize) return;
    const weight = next === undefined ? LAST_WEIGHT : 1;
    score += weight * Math.log(outputSize ** 2 * outputChannels) * expressive;
  });
  return score;
}

const LAST_WEIGHT = 8;
