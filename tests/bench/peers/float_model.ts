import { constantValues, type Model, type ModelTensor } from "tinyloom";

/**
 * The float32 network behind an integer one: the same operators and shapes, the weights and biases
 * as the real numbers that their integers stand for, activations not quantized. For networks whose
 * inputs and outputs are integers: others need QUANTIZE.
 *
 * @throws {TypeError} if the model quantizes or dequantizes on its way.
 */
export function floatModel(model: Model): Model {
  const edge = model.operators.find(({ op }) => op === "QUANTIZE" || op === "DEQUANTIZE");
  if (edge !== undefined) throw new TypeError(`${model.name} has ${edge.op}, needed none`);
  return {
    ...model,
    name: `${model.name} float32`,
    tensors: model.tensors.map(floatTensor),
    operators: model.operators.map((operator) => ({ ...operator, version: 1 })),
  };
}

function floatTensor(tensor: ModelTensor): ModelTensor {
  if (tensor.quantization === null) return tensor;
  const data = tensor.data === null ? null : new Uint8Array(realValues(tensor).buffer);
  return { ...tensor, dtype: "float32", quantization: null, data };
}

function realValues(tensor: ModelTensor): Float32Array<ArrayBuffer> {
  const { scales, zeroPoints, axis } = tensor.quantization!;
  const inner = tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  return Float32Array.from(constantValues(tensor) as Iterable<number>, (value, at) => {
    const channel = Math.floor(at / inner) % scales.length;
    return scales[channel] * (value - zeroPoints[channel]);
  });
}
