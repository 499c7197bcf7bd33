import { type Activation, constantValues, type Model, type Operator, operatorName } from "tinyloom";
import { floatWeights } from "./float_weights.ts";

/** A tensor of TensorFlow.js. */
export interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

type Shape = readonly number[];

/** The part of TensorFlow.js that is used here. */
export interface Tensorflow {
  readonly fused: {
    conv2d(options: object): Tensor;
    depthwiseConv2d(options: object): Tensor;
    matMul(options: object): Tensor;
  };
  setBackend(name: string): Promise<boolean>;
  tensor(values: Float32Array, shape: Shape): Tensor;
  reshape(tensor: Tensor, shape: Shape): Tensor;
  avgPool(tensor: Tensor, window: Shape, strides: Shape, padding: string): Tensor;
  mean(tensor: Tensor, axes: Shape, keepDims: boolean): Tensor;
  softmax(tensor: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  relu(tensor: Tensor): Tensor;
  relu6(tensor: Tensor): Tensor;
  tidy<Result>(run: () => Result): Result;
}

/** A model as calls of TensorFlow.js, its weights uploaded. */
export interface TfjsLayers {
  run(inputs: readonly Tensor[]): readonly Tensor[];
  dispose(): void;
}

/**
 * Translates a float32 model into the calls that a program in TensorFlow.js would make, bias and
 * activation fused.
 *
 * @throws {TypeError} for an operator, an activation or weights that are not translated.
 */
export function tfjsLayers(tf: Tensorflow, model: Model): TfjsLayers {
  const weights: Tensor[] = [];
  const upload: Upload = (index, { order, shape } = {}) => {
    if (index === undefined || index === -1) return undefined;
    const found = floatWeights(model, index, order);
    const tensor = tf.tensor(found.values, shape ?? found.shape);
    weights.push(tensor);
    return tensor;
  };
  const layers = model.operators.map((operator) => layer(operator, { tf, model, upload }));
  return {
    run: (inputs) =>
      tf.tidy(() => {
        const values: Tensor[] = [];
        model.inputs.forEach((index, i) => values[index] = inputs[i]);
        model.operators.forEach(({ outputs }, i) => values[outputs[0]] = layers[i](values));
        return model.outputs.map((index) => values[index]);
      }),
    dispose: () => weights.forEach((tensor) => tensor.dispose()),
  };
}

type Layer = (values: readonly Tensor[]) => Tensor;

/** Puts a constant into the library, its dimensions reordered or its shape changed on the way. */
type Upload = (
  index: number | undefined,
  change?: { readonly order?: Shape; readonly shape?: Shape },
) => Tensor | undefined;

function layer(
  operator: Operator,
  { tf, model, upload }: { tf: Tensorflow; model: Model; upload: Upload },
): Layer {
  const { inputs: [x, second, third], outputs: [y] } = operator;
  switch (operator.op) {
    case "CONV_2D": {
      const { attributes } = operator;
      const filter = upload(second, { order: ohwiToHwio });
      const options = { filter, bias: upload(third), ...convolution(attributes) };
      return (values) => tf.fused.conv2d({ x: values[x], ...options });
    }
    case "DEPTHWISE_CONV_2D": {
      const { attributes } = operator;
      const [, height, width, channels] = model.tensors[second].shape;
      const depth = model.tensors[x].shape[3];
      const filter = upload(second, { shape: [height, width, depth, channels / depth] });
      const options = { filter, bias: upload(third), ...convolution(attributes) };
      return (values) => tf.fused.depthwiseConv2d({ x: values[x], ...options });
    }
    case "FULLY_CONNECTED": {
      const activation = activationName(operator.attributes.activation);
      // Not `transposeB`: it goes around XNNPACK, and adds the bias once for every 48 inputs.
      const options = { b: upload(second, { order: [1, 0] }), bias: upload(third), activation };
      const rows = [-1, model.tensors[second].shape[1]];
      return (values) => tf.fused.matMul({ a: tf.reshape(values[x], rows), ...options });
    }
    case "ADD": {
      const name = activationName(operator.attributes.activation);
      return (values) => {
        const sum = tf.add(values[x], values[second]);
        return name === "linear" ? sum : tf[name](sum);
      };
    }
    case "AVERAGE_POOL_2D": {
      const { filterH, filterW, strideH, strideW, padding } = operator.attributes;
      const [window, strides] = [[filterH, filterW], [strideH, strideW]];
      return (values) => tf.avgPool(values[x], window, strides, padding.toLowerCase());
    }
    case "MEAN": {
      const axes = Array.from(constantValues(model.tensors[second]), Number);
      return (values) => tf.mean(values[x], axes, operator.attributes.keepDims);
    }
    case "RESHAPE":
      return (values) => tf.reshape(values[x], model.tensors[y].shape);
    case "SOFTMAX":
      if (operator.attributes.beta !== 1) break;
      return (values) => tf.softmax(values[x]);
  }
  throw new TypeError(`${operatorName(operator)} is not translated for TensorFlow.js`);
}

const ohwiToHwio = [1, 2, 3, 0];

function convolution(
  { strideH, strideW, dilationH, dilationW, padding, activation }: {
    readonly strideH: number;
    readonly strideW: number;
    readonly dilationH: number;
    readonly dilationW: number;
    readonly padding: string;
    readonly activation: Activation;
  },
): object {
  return {
    strides: [strideH, strideW],
    dilations: [dilationH, dilationW],
    pad: padding.toLowerCase(),
    activation: activationName(activation),
  };
}

function activationName(activation: Activation): "linear" | "relu" | "relu6" {
  if (activation === "NONE") return "linear";
  if (activation === "RELU") return "relu";
  if (activation === "RELU6") return "relu6";
  throw new TypeError(`activation ${activation} is not translated for TensorFlow.js`);
}
