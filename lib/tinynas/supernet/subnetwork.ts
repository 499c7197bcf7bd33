import { checkOptions } from "../../check_arguments.ts";
import { lookedAfter } from "../../host.ts";
import { checkShape, type LabelledData } from "../data/labelled_data.ts";
import { type ChannelStatistics, EPSILON } from "./batch_norm.ts";
import { type ActiveLayer, activeLayers } from "./elastic_layers.ts";
import { calibrateStatistics, openSupernet } from "./evaluate.ts";
import { inputShape, type SupernetGenes } from "./supernet_space.ts";
import type { SupernetWeights } from "./trained_supernet.ts";
import { floatsAt } from "./training_memory.ts";
import type { LayerPlace, Workspace } from "./workspace.ts";

/**
 * A convolution with its batch normalization folded in.
 *
 * @category Super-networks
 */
export interface FoldedLayer {
  /** Its name: `stage1/block0/expand`. */
  readonly name: string;
  /** CONV_2D, or every channel by itself. */
  readonly kind: "convolution" | "depthwise";
  /** Side of the filter. */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Channels read. */
  readonly inputChannels: number;
  /** Channels written. */
  readonly channels: number;
  /** Behind the bias, and before anything is added. */
  readonly activation: "NONE" | "RELU6";
  /** OHWI of a convolution, 1HWC of a depthwise one. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** One value a channel. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** Index of the layer whose result is added to this layer's; null: none. */
  readonly adds: number | null;
  /** Behind that sum. */
  readonly sumActivation: "NONE" | "RELU6";
}

/**
 * A network cut out of a super-network. Plain data.
 *
 * @category Super-networks
 */
export interface Subnetwork {
  /** What it reads. */
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  /** Each reads the one before. */
  readonly layers: readonly FoldedLayer[];
  /** Dense layer behind the mean over the image: weights `[classes][channels]`. */
  readonly classifier: {
    readonly classes: number;
    readonly weights: Float32Array<ArrayBuffer>;
    readonly bias: Float32Array<ArrayBuffer>;
  };
}

/**
 * A sub-network with the weights that it inherits. Batch normalizations take the statistics of
 * `calibration`, images in the resolution of the genes, and are folded into weights and biases.
 *
 * @throws {RangeError} for genes that are not of the space, or images of another resolution.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { largestGenes, subnetwork, trainSupernet, wakeWordImages } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 48 });
 * const network = subnetwork(trained, { genes: largestGenes(trained.space), calibration });
 * assert.equal(network.layers.length, 3 + 3 * (2 + 3 + 2));
 * ```
 *
 * @category Super-networks
 */
export function subnetwork(
  trained: SupernetWeights,
  options: {
    readonly genes: SupernetGenes;
    readonly calibration: LabelledData;
    /** Ends it between two batches of images. */
    readonly signal?: AbortSignal;
  },
): Subnetwork {
  checkOptions("subnetwork", options, "genes calibration signal");
  const { genes, calibration } = options;
  const input = inputShape(trained.space, genes.resolution);
  checkShape(calibration, input);
  const active = activeLayers(trained.space, genes);
  const workspace = openSupernet(trained, Math.min(CALIBRATION_BATCH, calibration.labels.length));
  const statistics = lookedAfter(
    null,
    () => calibrateStatistics(workspace, active, calibration),
    { signal: options.signal },
  );
  return { input, ...foldedLayers(workspace, active, statistics) };
}

const CALIBRATION_BATCH = 64;

/** Layers with batch normalizations of these statistics folded in, and the dense layer behind them. */
export function foldedLayers(
  workspace: Workspace,
  active: readonly ActiveLayer[],
  statistics: readonly ChannelStatistics[],
): Pick<Subnetwork, "layers" | "classifier"> {
  const layers = active.map((layer, i): FoldedLayer => {
    const place = workspace.layers[layer.index];
    const { mean, variance } = statistics[i];
    const [gamma, beta] = [place.gamma, place.beta].map((address) =>
      floatsAt(workspace.memory, address, layer.channels)
    );
    const factors = variance.map((value, c) => gamma[c] / Math.sqrt(value + EPSILON));
    return {
      name: layer.name,
      kind: layer.kind === "depthwise" ? "depthwise" : "convolution",
      kernel: layer.kernel,
      stride: layer.stride,
      inputChannels: layer.inputChannels,
      channels: layer.channels,
      activation: layer.activation,
      weights: foldedWeights(workspace, { layer, place, factors }),
      bias: Float32Array.from(factors, (factor, c) => beta[c] - mean[c] * factor),
      adds: layer.adds === null ? null : active.findIndex(({ index }) => index === layer.adds),
      sumActivation: layer.sumActivation,
    };
  });
  const { classes } = workspace.space;
  const { weights, bias, channels } = workspace.classifier;
  const dense = floatsAt(workspace.memory, weights, channels * classes);
  return {
    layers,
    classifier: {
      classes,
      weights: Float32Array.from(
        dense,
        (_, i) => dense[i % channels * classes + Math.floor(i / channels)],
      ),
      bias: floatsAt(workspace.memory, bias, classes).slice(),
    },
  };
}

/** The part of the weights that the layer uses, in the order of a model, times its channel's factor. */
function foldedWeights(
  { memory: { floats } }: Workspace,
  { layer, place, factors }: {
    readonly layer: ActiveLayer;
    readonly place: LayerPlace;
    readonly factors: Float32Array;
  },
): Float32Array<ArrayBuffer> {
  const { kind, channels } = layer;
  const first = place.weights / 4;
  const rows = weightRows(layer, place);
  const taps = rows.length;
  return Float32Array.from({ length: channels * taps }, (_, i) => {
    const [tap, c] = kind === "depthwise"
      ? [Math.floor(i / channels), i % channels]
      : [i % taps, Math.floor(i / taps)];
    return floats[first + rows[tap] + c] * factors[c];
  });
}

/** Where the row of each tap that a layer uses begins in its weights. */
export function weightRows(
  { kind, kernel, inputChannels }: Pick<ActiveLayer, "kind" | "kernel" | "inputChannels">,
  place: Pick<LayerPlace, "kernel" | "weightsStride">,
): readonly number[] {
  if (kind !== "depthwise") {
    const taps = kernel ** 2 * inputChannels;
    return Array.from({ length: taps }, (_, tap) => tap * place.weightsStride);
  }
  const skipped = (place.kernel - kernel) / 2;
  return Array.from({ length: kernel ** 2 }, (_, tap) => {
    const [row, column] = [Math.floor(tap / kernel), tap % kernel];
    return ((row + skipped) * place.kernel + column + skipped) * place.weightsStride;
  });
}
