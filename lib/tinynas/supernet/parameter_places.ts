import { type ElasticLayer, elasticLayers, stemTaps } from "./elastic_layers.ts";
import type { SupernetSpace } from "./supernet_space.ts";

/** Where a layer has its parameters among those of its super-network, counted in values. */
export interface ParameterPlace {
  readonly layer: ElasticLayer;
  /** First of the weights, which have a row of `layer.channels` for each tap. */
  readonly weights: number;
  /** Number of its weights. */
  readonly weightCount: number;
  readonly gamma: number;
  readonly beta: number;
}

/** All parameters of a super-network, side by side. */
export interface ParameterPlaces {
  readonly layers: readonly ParameterPlace[];
  /** The dense layer: weights `[channels][classes]`. */
  readonly classifier: {
    readonly weights: number;
    readonly bias: number;
    readonly channels: number;
  };
  readonly count: number;
}

const LANES = 4;

/** Layer by layer weights, gamma and beta, then the dense layer. */
export function parameterPlaces(space: SupernetSpace): ParameterPlaces {
  let count = 0;
  const take = (values: number): number => {
    const first = count;
    count += values;
    return first;
  };
  const layers = elasticLayers(space).map((layer): ParameterPlace => {
    const weightCount = rowsOf(layer) * layer.channels;
    return {
      layer,
      weights: take(weightCount),
      weightCount,
      gamma: take(layer.channels),
      beta: take(layer.channels),
    };
  });
  const { channels } = layers[layers.length - 1].layer;
  const weights = take(channels * space.classes);
  const bias = take(Math.ceil(space.classes / LANES) * LANES);
  return { layers, classifier: { weights, bias, channels }, count };
}

function rowsOf({ kind, kernel, inputChannels }: ElasticLayer): number {
  if (kind === "stem") return stemTaps(inputChannels);
  return kernel ** 2 * (kind === "depthwise" ? 1 : inputChannels);
}
