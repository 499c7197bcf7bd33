import {
  batchNormBackward,
  batchNormForward,
  batchStatistics,
  type ChannelStatistics,
} from "./batch_norm.ts";
import {
  type Classifier,
  classifierBackward,
  classifierForward,
  type Pointwise,
  pointwiseBackward,
  pointwiseForward,
} from "./dense_layers.ts";
import type { Depthwise } from "./depthwise_borders.ts";
import { depthwiseBackward, depthwiseForward } from "./depthwise_convolution.ts";
import { type ActiveLayer, MEAN_NAME, stemTaps, sumName } from "./elastic_layers.ts";
import {
  type FullConvolution,
  fullConvolutionBackward,
  fullConvolutionForward,
} from "./full_convolution.ts";
import { floatsAt } from "./training_memory.ts";
import type { LayerPlace, Workspace } from "./workspace.ts";

/** A pass of a sub-network over a batch whose patches are in the workspace. */
export interface TrainingPass {
  readonly layers: readonly ActiveLayer[];
  /** Images of the batch. */
  readonly batch: number;
  /**
   * Rounds results as the quantized network will have them; gradients pass straight through. Statistics
   * must be given then, and are constants.
   */
  readonly round?: RoundResult;
}

/** Changes `count` values at an address, those of a tensor that `floatModel` has by this name. */
export type RoundResult = (
  name: string,
  place: { readonly address: number; readonly count: number },
) => void;

/** What a forward pass computes. */
export interface ForwardResult {
  /** `[batch][classes]`. */
  readonly logits: Float32Array;
  /** Of each layer's batch normalization. */
  readonly statistics: readonly ChannelStatistics[];
}

/**
 * Runs a batch through a sub-network. With `statistics` the batch normalizations use them; without,
 * they use those of the batch, as in training.
 */
export function forward(
  workspace: Workspace,
  pass: TrainingPass,
  statistics: readonly ChannelStatistics[] | null = null,
): ForwardResult {
  const { memory, layers, vectors } = workspace;
  const used = pass.layers.map((layer, i) => {
    const place = layers[layer.index];
    const buffers = { ...buffersOf(workspace, layer), y: place.x };
    if (layer.kind === "depthwise") {
      depthwiseForward(memory, depthwiseOf(layer, place, pass.batch), buffers);
    } else if (layer.kind === "full") {
      fullConvolutionForward(memory, fullOf(layer, pass.batch), buffers);
    } else {
      pointwiseForward(memory, pointwiseOf(layer, place, pass.batch), buffers);
    }
    const norm = normOf(layer, pass.batch);
    const known = statistics?.[i] ?? batchStatistics(memory, norm, { x: place.x, vectors });
    batchNormForward(memory, norm, { ...place, vectors, statistics: known });
    const result = { address: place.y, count: norm.rows * norm.channels };
    pass.round?.(layer.name, result);
    if (layer.adds !== null) {
      const kernel = layer.sumActivation === "RELU6" ? "addRelu6" : "add";
      memory.kernels[kernel](place.y, layers[layer.adds].y, result.count * 4);
      // The gradient asks what the sum was before, and nothing any more what the convolution gave.
      if (pass.round) {
        floatsAt(memory, place.x, result.count).set(floatsAt(memory, place.y, result.count));
      }
      pass.round?.(sumName(layer.name), result);
    }
    return known;
  });
  const last = pass.layers[pass.layers.length - 1];
  const logits = classifierForward(memory, classifierOf(workspace, pass), {
    x: layers[last.index].y,
    ...workspace.classifier,
    pooled: workspace.pooled,
    round: (place) => pass.round?.(MEAN_NAME, place),
  });
  return { logits, statistics: used };
}

/** Adds the gradients of all parameters that the sub-network has, after its forward pass. */
export function backward(
  workspace: Workspace,
  pass: TrainingPass,
  { statistics, dLogits }: {
    readonly statistics: readonly ChannelStatistics[];
    readonly dLogits: Float32Array;
  },
): void {
  const { memory, layers, vectors, gradientBytes, classifier, pooled } = workspace;
  const last = layers[pass.layers[pass.layers.length - 1].index];
  classifierBackward(memory, classifierOf(workspace, pass), {
    ...classifier,
    x: last.y,
    pooled,
    dLogits,
    dWeights: classifier.weights + gradientBytes,
    dBias: classifier.bias + gradientBytes,
    dx: last.dy,
  });
  const begun = new Set<number>();
  for (let i = pass.layers.length - 1; i >= 0; i--) {
    const layer = pass.layers[i];
    const place = layers[layer.index];
    const norm = normOf(layer, pass.batch);
    if (layer.adds !== null) {
      const target = layers[layer.adds].dy;
      const count = norm.rows * norm.channels;
      const sum = pass.round ? place.x : place.y;
      if (layer.sumActivation === "RELU6") memory.kernels.maskRelu6(place.dy, sum, count * 4);
      if (!begun.has(layer.adds)) floatsAt(memory, target, count).fill(0);
      memory.kernels.add(target, place.dy, count * 4);
      begun.add(layer.adds);
    }
    batchNormBackward(memory, norm, {
      ...place,
      vectors,
      statistics: statistics[i],
      isConstant: pass.round !== undefined,
      dGamma: place.gamma + gradientBytes,
      dBeta: place.beta + gradientBytes,
    });
    const buffers = {
      ...buffersOf(workspace, layer),
      dy: place.dy,
      dWeights: place.weights + gradientBytes,
      dx: layer.input === null ? null : layers[layer.input].dy,
      accumulates: layer.input !== null && begun.has(layer.input),
    };
    if (layer.input !== null) begun.add(layer.input);
    if (layer.kind === "depthwise") {
      depthwiseBackward(memory, depthwiseOf(layer, place, pass.batch), buffers);
    } else if (layer.kind === "full") {
      fullConvolutionBackward(memory, fullOf(layer, pass.batch), buffers);
    } else {
      pointwiseBackward(memory, pointwiseOf(layer, place, pass.batch), buffers);
    }
  }
}

function buffersOf({ layers, patches, scratch }: Workspace, layer: ActiveLayer) {
  return {
    x: layer.input === null ? patches : layers[layer.input].y,
    weights: layers[layer.index].weights,
    scratch,
  };
}

function normOf({ rows, columns, channels, activation }: ActiveLayer, batch: number) {
  return { rows: batch * rows * columns, channels, activation };
}

function pointwiseOf(layer: ActiveLayer, place: LayerPlace, batch: number): Pointwise {
  const { kind, rows, columns, inputChannels, channels } = layer;
  return {
    rows: batch * rows * columns,
    inputChannels: kind === "stem" ? stemTaps(inputChannels) : inputChannels,
    channels,
    weightsStride: place.weightsStride,
  };
}

function depthwiseOf(layer: ActiveLayer, place: LayerPlace, batch: number): Depthwise {
  const { kernel: largestKernel, weightsStride } = place;
  return { ...layer, batch, largestKernel, weightsStride };
}

function fullOf(layer: ActiveLayer, batch: number): FullConvolution {
  return { ...layer, batch };
}

function classifierOf({ space }: Workspace, { layers, batch }: TrainingPass): Classifier {
  const { rows, columns, channels } = layers[layers.length - 1];
  return { batch, pixels: rows * columns, channels, classes: space.classes };
}
