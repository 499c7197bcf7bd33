import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";
import { MEAN_NAME, sumName } from "./elastic_layers.ts";
import type { FoldedLayer, Subnetwork } from "./subnetwork.ts";

/**
 * A sub-network as a float32 model of one image: `[1, height, width, channels]` to
 * `[1, classes]` logits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   floatModel,
 *   smallestGenes,
 *   subnetwork,
 *   trainSupernet,
 *   wakeWordImages,
 * } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 32 });
 * const genes = smallestGenes(trained.space);
 * const network = subnetwork(trained, { genes, calibration });
 * const { tensors, outputs } = floatModel(network);
 * assert.deepEqual(tensors[outputs[0]].shape, [1, 2]);
 * ```
 *
 * @category Super-networks
 */
export function floatModel(network: Subnetwork): Model {
  const { input: { height, width, channels: inputChannels }, layers, classifier } = network;
  const tensors: Tensor[] = [];
  const operators: Operator[] = [];
  const add = (tensor: Pick<Tensor, "name" | "dtype" | "shape" | "data">): number =>
    tensors.push({ ...tensor, quantization: null, isVariable: false }) - 1;
  const activation = (name: string, shape: readonly number[]) =>
    add({ name, dtype: "float32", shape, data: null });
  const floats = (name: string, values: Float32Array, shape: readonly number[]) =>
    add({ name, dtype: "float32", shape, data: new Uint8Array(values.slice().buffer) });

  const image = activation("image", [1, height, width, inputChannels]);
  let value = image;
  let [rows, columns] = [height, width];
  const results: number[] = [];
  for (const layer of layers) {
    rows = Math.ceil(rows / layer.stride);
    columns = Math.ceil(columns / layer.stride);
    const shape = [1, rows, columns, layer.channels];
    const output = activation(layer.name, shape);
    const weights = floats(`${layer.name}/weights`, layer.weights, weightsShape(layer));
    const bias = floats(`${layer.name}/bias`, layer.bias, [layer.channels]);
    operators.push(convolve(layer, { inputs: [value, weights, bias], outputs: [output] }));
    value = output;
    if (layer.adds !== null) {
      value = activation(sumName(layer.name), shape);
      operators.push({
        op: "ADD",
        inputs: [results[layer.adds], output],
        outputs: [value],
        version: 1,
        attributes: { activation: layer.sumActivation, potScaleInt16: false },
      });
    }
    results.push(value);
  }

  const channels = layers[layers.length - 1].channels;
  const mean = activation(MEAN_NAME, [1, channels]);
  const axes = add({
    name: "mean/axes",
    dtype: "int32",
    shape: [2],
    data: new Uint8Array(Int32Array.of(1, 2).buffer),
  });
  operators.push({
    op: "MEAN",
    inputs: [value, axes],
    outputs: [mean],
    version: 1,
    attributes: { keepDims: false },
  });
  const { classes } = classifier;
  const logits = activation("logits", [1, classes]);
  operators.push({
    op: "FULLY_CONNECTED",
    inputs: [
      mean,
      floats("logits/weights", classifier.weights, [classes, channels]),
      floats("logits/bias", classifier.bias, [classes]),
    ],
    outputs: [logits],
    version: 1,
    attributes: {
      activation: "NONE",
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: "float32",
    },
  });
  return {
    name: "subnetwork",
    description: "cut out of a super-network",
    tensors,
    operators,
    inputs: [image],
    outputs: [logits],
    metadata: [],
    signatures: [],
    otherSubgraphs: [],
    lost: [],
  };
}

function weightsShape({ kind, kernel, inputChannels, channels }: FoldedLayer): readonly number[] {
  return kind === "depthwise"
    ? [1, kernel, kernel, channels]
    : [channels, kernel, kernel, inputChannels];
}

function convolve(
  { kind, stride, activation }: FoldedLayer,
  edges: Pick<Operator, "inputs" | "outputs">,
): Operator {
  const window = {
    padding: "SAME",
    strideH: stride,
    strideW: stride,
    dilationH: 1,
    dilationW: 1,
    activation,
  } as const;
  return kind === "depthwise"
    ? {
      ...edges,
      op: "DEPTHWISE_CONV_2D",
      version: 1,
      attributes: { ...window, depthMultiplier: 1 },
    }
    : {
      ...edges,
      op: "CONV_2D",
      version: 1,
      attributes: { ...window, quantizedBiasType: "float32" },
    };
}
