import { lookedAfter, throwIfStopped } from "../../host.ts";
import { checkOptions } from "../../check_arguments.ts";
import { decode, type Genes, networkOf } from "../architecture.ts";
import { entropyScore } from "../candidate.ts";
import { networkCost, type NetworkLayer, networkLayers } from "../network_cost.ts";
import type { SearchSpace } from "../search_space.ts";
import { softmaxCrossEntropy } from "../supernet/dense_layers.ts";
import { type ActiveLayer, activeLayers } from "../supernet/elastic_layers.ts";
import { initializeParameters } from "../supernet/learner.ts";
import { backward, forward } from "../supernet/passes.ts";
import { supernetGenes, supernetSpace } from "../supernet/supernet_of.ts";
import { floatsAt } from "../supernet/training_memory.ts";
import { checkShape, type LabelledData } from "../data/labelled_data.ts";
import { inputShape } from "../supernet/supernet_space.ts";
import { createWorkspace, loadPatches, type Workspace } from "../supernet/workspace.ts";

/**
 * What can be said of a network before it has learned anything. More is taken for better.
 *
 * @category Search
 */
export interface ZeroCostScores {
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** Weights and biases. */
  readonly params: number;
  /** Entropy, as `searchNetwork` has it for the fitness `score` (Shen et al., DeepMAD, CVPR 2023). */
  readonly entropy: number;
  /**
   * Logarithm of SynFlow (Tanaka et al., NeurIPS 2020), the sum over all weights of |w ∂R/∂w|, R what
   * the network without normalizations, activations and borders makes of an image of ones with
   * absolute weights; each |w| at the mean that it has when weights are drawn.
   */
  readonly synflow: number;
  /** Sum over the layers of the norm of the gradient of one batch (Abdelfattah et al., ICLR 2021). */
  readonly gradNorm: number;
  /**
   * NASWOT (Mellor et al., ICML 2021): ln |det K|, `K[i][j]` the number of rectified values that are above 0
   * for both of the images i and j of a batch, or for neither of them.
   */
  readonly naswot: number;
}

/**
 * Scores of untrained networks of one space, each with the first channels of the same random weights,
 * on the first 32 images.
 *
 * @param options `seed` determines the weights, 1 when absent; `signal` ends it.
 * @throws {RangeError} for genes that are not of the space, images of another resolution, or none.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { randomStream, sample, wakeWordImages, wakeWordSpaces, zeroCostScores } from "tinyloom";
 *
 * const [space] = wakeWordSpaces({ resolutions: [32], widths: [0.2] });
 * const images = wakeWordImages({ seed: 1, count: 16, resolution: 32 });
 * const networks = [0, 1].map((index) => sample(space, randomStream(1, index)));
 * const [first, second] = zeroCostScores({ space, networks, images });
 * assert.notEqual(first.naswot, second.naswot);
 * ```
 *
 * @category Search
 */
export function zeroCostScores(
  asked: {
    readonly space: SearchSpace;
    readonly networks: readonly Genes[];
    readonly images: LabelledData;
  },
  options: { readonly seed?: number; readonly signal?: AbortSignal } = {},
): readonly ZeroCostScores[] {
  checkOptions("zeroCostScores", options, "seed signal");
  checkOptions("zeroCostScores", asked, "space networks images");
  const { space, networks, images } = asked;
  const { resolution, columns = resolution } = space;
  const count = Math.min(BATCH, images.labels.length);
  if (count === 0) throw new RangeError("There are no images, needed at least one");
  const all = supernetSpace(space, { resolutions: [resolution], columns: [columns] });
  checkShape(images, inputShape(all, resolution));
  const workspace = createWorkspace(all, count);
  initializeParameters(workspace, options.seed ?? 1);
  const indices = Array.from({ length: count }, (_, image) => image);
  const rated = networks.map((genes) => () => {
    const layers = networkLayers(networkOf(space, decode(space, genes)), space);
    const { macs, params } = networkCost(layers);
    const active = activeLayers(all, supernetGenes(all, { genes, resolution }));
    loadPatches(workspace, { images, indices });
    const labels = indices.map((image) => images.labels[image]);
    return {
      macs,
      params,
      entropy: entropyScore(layers),
      synflow: synflowScore(layers),
      ...scoresOfBatch(workspace, active, labels),
    };
  });
  const rate = (each: () => ZeroCostScores) => {
    throwIfStopped();
    return each();
  };
  return lookedAfter(null, () => rated.map(rate), { signal: options.signal });
}

const BATCH = 32;

/** The mean of |w| for the weights that `initializeParameters` draws, times their number. */
function meanGain({ op, kernel, inputChannels }: NetworkLayer): number {
  const taps = kernel ** 2 * (op === "DEPTHWISE_CONV_2D" ? 1 : inputChannels);
  // √(2 / taps), the deviation, times √(2 / π), the mean of |N(0, 1)|.
  return 2 * Math.sqrt(taps / Math.PI);
}

/**
 * All channels of a layer have one value, as all weights of a layer are alike. Weights times t make
 * R(t), and the sum of w ∂R/∂w over all of them is R'(1): values go along with their derivatives by t.
 */
function synflowScore(layers: readonly NetworkLayer[]): number {
  let [value, slope] = [1, 0];
  let entry = [value, slope];
  let block: number | null = -1;
  for (const layer of layers) {
    if (layer.block !== block) [entry, block] = [[value, slope], layer.block];
    if (layer.op === "ADD") [value, slope] = [value + entry[0], slope + entry[1]];
    else if (layer.op !== "MEAN") {
      const gain = meanGain(layer);
      [value, slope] = [gain * value, gain * (slope + value)];
    }
  }
  return Math.log(slope * layers[layers.length - 1].outputChannels);
}

/** One pass forward and back. */
function scoresOfBatch(
  workspace: Workspace,
  layers: readonly ActiveLayer[],
  labels: readonly number[],
): Pick<ZeroCostScores, "gradNorm" | "naswot"> {
  const { memory, parameters, parameterCount, gradientBytes } = workspace;
  const pass = { layers, batch: labels.length };
  const { logits, statistics } = forward(workspace, pass);
  const naswot = logDeterminant(activationKernel(workspace, pass));
  const gradients = floatsAt(memory, parameters + gradientBytes, parameterCount).fill(0);
  backward(workspace, pass, { statistics, dLogits: softmaxCrossEntropy(logits, labels).dLogits });
  const gradNorm = layers.reduce((sum, { index }) => {
    const { weights, weightCount } = workspace.layers[index];
    const own = floatsAt(memory, weights + gradientBytes, weightCount);
    return sum + Math.sqrt(own.reduce((squares, each) => squares + each * each, 0));
  }, 0);
  gradients.fill(0);
  return { gradNorm, naswot };
}

/** How many rectified values two images have above 0, or not, together. */
function activationKernel(
  { memory, layers }: Workspace,
  pass: { readonly layers: readonly ActiveLayer[]; readonly batch: number },
): number[][] {
  const kernel = Array.from({ length: pass.batch }, () => new Array<number>(pass.batch).fill(0));
  for (const layer of pass.layers) {
    if (layer.activation !== "RELU6") continue;
    const count = layer.rows * layer.columns * layer.channels;
    const codes = Array.from({ length: pass.batch }, (_, image) => {
      const values = floatsAt(memory, layers[layer.index].y + 4 * image * count, count);
      const bits = new Uint32Array(Math.ceil(count / 32));
      for (let i = 0; i < count; i++) if (values[i] > 0) bits[i >> 5] |= 1 << (i & 31);
      return bits;
    });
    for (let i = 0; i < pass.batch; i++) {
      for (let j = 0; j <= i; j++) {
        const alike = count - differentBits(codes[i], codes[j]);
        kernel[i][j] += alike;
        if (i !== j) kernel[j][i] += alike;
      }
    }
  }
  return kernel;
}

function differentBits(one: Uint32Array, other: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) {
    // Bits counted by pairs, fours and bytes at once.
    let bits = one[i] ^ other[i];
    bits -= bits >>> 1 & 0x55555555;
    bits = (bits & 0x33333333) + (bits >>> 2 & 0x33333333);
    sum += Math.imul(bits + (bits >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return sum;
}

/** Of a symmetric matrix without negative eigenvalues, by elimination; images that are alike count as 1. */
function logDeterminant(matrix: number[][]): number {
  const rows = matrix.map((row) => [...row]);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const pivot = Math.max(rows[i][i], 1);
    sum += Math.log(pivot);
    for (let below = i + 1; below < rows.length; below++) {
      const factor = rows[below][i] / pivot;
      for (let at = i; at < rows.length; at++) rows[below][at] -= factor * rows[i][at];
    }
  }
  return sum;
}
