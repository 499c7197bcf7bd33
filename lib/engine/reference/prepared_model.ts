import { throwIfStopped } from "../../host.ts";
import { type ConstantArray, constantValues, zeroValues } from "../../model/constant.ts";
import { withFolded } from "../../model/folding.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import { elements } from "../../model/shape.ts";
import { graphsOf, reachable, withGraph } from "../../model/subgraphs.ts";
import type { Quantization, Tensor } from "../../model/tensor.ts";
import type { NumberArray } from "./prepare.ts";
import { prepareOperator } from "./prepare_operator.ts";
import { located, operatorPlace } from "./prepare_operators.ts";

const prepared = new WeakMap<Model, Model>();

/**
 * The model as it is planned and run: what is known before it runs are constants, and scales of
 * weights are positive, in subgraphs that a run reaches too. Operators and tensors keep their indices; tensors may be added behind them.
 */
export function preparedModel(model: Model): Model {
  const known = prepared.get(model);
  if (known !== undefined) return known;
  const made = madeOf(model);
  prepared.set(model, made);
  prepared.set(made, made);
  return made;
}

function madeOf(model: Model): Model {
  const reached = new Set(reachable(model));
  const graphs = graphsOf(model).map((graph, index) => {
    if (!reached.has(index)) return graph;
    const given = withGraph(model, index);
    const made = turnNegativeScales(foldConstants(given, index));
    return made === given ? graph : { ...graph, tensors: made.tensors, operators: made.operators };
  });
  const [main, ...otherSubgraphs] = graphs;
  if (graphs.every((graph, index) => graph === graphsOf(model)[index])) return model;
  return { ...model, ...main, otherSubgraphs };
}

/**
 * The model with the results of operators that read constants alone, as their reference computes them.
 * The operators keep their places, and write constants. `graph` is the number of what stands in the
 * main graph's place.
 *
 * @throws {EngineError} for such an operator that is not supported, or not for its types.
 */
function foldConstants(model: Model, graph = 0): Model {
  return withFolded(
    model,
    (operator, index, tensors) =>
      located(operatorPlace(operator, { graph, index }), () => resultsOf(operator, tensors)),
  );
}

function resultsOf(operator: Operator, tensors: readonly Tensor[]): Uint8Array[] {
  throwIfStopped();
  const kernel = prepareOperator(operator, tensors);
  const inputs = operator.inputs.map((index) =>
    index === -1 || tensors[index].data === null ? new Int8Array(0) : constantValues(tensors[index])
  );
  const outputs = operator.outputs.map((index): ConstantArray =>
    zeroValues(tensors[index].dtype, elements(tensors[index].shape))
  );
  kernel(inputs as NumberArray[], outputs as NumberArray[]);
  return outputs.map(({ buffer, byteOffset, byteLength }) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  );
}

/** The dimension of weights that counts output channels. */
const CHANNEL_AXES: Partial<Record<Operator["op"], number>> = {
  CONV_2D: 0,
  FULLY_CONNECTED: 0,
  DEPTHWISE_CONV_2D: 3,
};

/** Weights and bias of an operator. */
interface Weighted {
  readonly weights: number;
  readonly bias: number;
  readonly axis: number;
}

/**
 * The model without negative scales of weights: in such a channel scale, weights and bias change
 * their signs, so that `sum * scale` stays what it is, bit for bit. Channels with the weight -128,
 * which has no opposite, stay as they are.
 */
function turnNegativeScales(model: Model): Model {
  const operators = [...model.operators];
  const tensors = [...model.tensors];
  const made = new Map<string, number>();
  /** Puts a tensor in place of another where none but `isAlike` operators read that, else behind all. */
  const put = (index: number, tensor: Tensor, { key, isAlike }: {
    readonly key: string;
    readonly isAlike: (operator: Operator) => boolean;
  }): number => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const readers = model.operators.filter(({ inputs }) => inputs.includes(index));
    const inPlace = readers.every(isAlike) && !model.outputs.includes(index);
    const place = inPlace ? index : tensors.length;
    tensors[place] = tensor;
    made.set(key, place);
    return place;
  };
  model.operators.forEach((operator, at) => {
    const weighted = weightedOf(operator, model.tensors);
    const turned = weighted && turnedWeights(model.tensors[weighted.weights], weighted.axis);
    if (weighted === null || turned === null) return;
    const { weights, bias, axis } = weighted;
    const bias_ = bias === -1 ? null : turnedBias(model.tensors[bias], turned.channels);
    if (bias !== -1 && bias_ === null) return;
    const newWeights = put(weights, turned.tensor, {
      key: `${weights}/${axis}`,
      isAlike: (other) => {
        const found = weightedOf(other, model.tensors);
        return found?.weights === weights && found.axis === axis &&
          other.inputs.lastIndexOf(weights) === 1 &&
          (found.bias === -1 || isConstant(model.tensors[found.bias]));
      },
    });
    const newBias = bias_ === null ? bias : put(bias, bias_, {
      key: `${weights}/${bias}`,
      isAlike: (other) => weightedOf(other, model.tensors)?.weights === weights,
    });
    const inputs = operator.inputs.map((index, i) => [index, newWeights, newBias][i] ?? index);
    operators[at] = { ...operator, inputs };
  });
  return made.size === 0 ? model : { ...model, tensors, operators };
}

function weightedOf({ op, inputs }: Operator, tensors: readonly Tensor[]): Weighted | null {
  const axis = CHANNEL_AXES[op];
  const [, weights, bias = -1] = inputs;
  if (axis === undefined || !isConstant(tensors[weights])) return null;
  const isNegative = tensors[weights].quantization?.scales.some((scale) => scale < 0);
  return isNegative && tensors[weights].dtype.startsWith("int") ? { weights, bias, axis } : null;
}

function isConstant({ data, isSparse }: Tensor): boolean {
  return data !== null && !isSparse;
}

/** Weights with positive scales as int8, and the sign of each channel; null where there are none. */
function turnedWeights(
  tensor: Tensor,
  axis: number,
): { readonly tensor: Tensor; readonly channels: readonly number[] } | null {
  const { scales, zeroPoints } = tensor.quantization!;
  if (zeroPoints.some((point) => point !== 0)) return null;
  const count = tensor.shape[axis];
  const channels = Array.from({ length: count }, (_, c) => Math.sign(scales[c] ?? scales[0]) || 1);
  const inner = tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const values = constantValues(tensor) as Int8Array;
  const data = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const turned = values[i] * channels[Math.floor(i / inner) % count];
    if (turned > 127) return null;
    data[i] = turned;
  }
  const quantization: Quantization = { ...tensor.quantization!, scales: scales.map(Math.abs) };
  return {
    tensor: { ...tensor, dtype: "int8", data: new Uint8Array(data.buffer), quantization },
    channels,
  };
}

/** A bias with the signs of its channels; null if it is not known before the run. */
function turnedBias(tensor: Tensor, channels: readonly number[]): Tensor | null {
  if (!isConstant(tensor)) return null;
  const values = constantValues(tensor);
  const data = values.slice();
  channels.forEach((sign, c) => {
    if (sign < 0) data[c] = -values[c];
  });
  return { ...tensor, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
