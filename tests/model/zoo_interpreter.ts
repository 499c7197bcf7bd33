// Runs int8 models of the operators that the zoo uses, as TFLite's reference kernels define them,
// pixel by pixel: slow, but plain enough to judge quantization by.
import {
  activationRange,
  constantValues,
  elements,
  type Model,
  type ModelTensor as Tensor,
  multiplyByQuantizedMultiplier,
  type Operator,
  quantizeMultiplier,
  windowExtent,
} from "tinyloom";

type Typed = Exclude<Operator, { op: "OPAQUE" }>;
type Attributes<Name extends string> = Extract<Typed, { op: Name }>["attributes"];

/** Every activation by tensor index, for one input. */
export function interpret(model: Model, input: Int8Array): Map<number, Int8Array> {
  const { tensors, operators, inputs } = model;
  const values = new Map<number, Int8Array>([[inputs[0], input]]);
  for (const operator of operators as readonly Typed[]) {
    const output = tensors[operator.outputs[0]];
    const operands = operator.inputs.map((index) => tensors[index]);
    const data = operator.inputs.map((index) => values.get(index)!);
    values.set(operator.outputs[0], run(operator, { operands, data, output }));
  }
  return values;
}

interface Operands {
  readonly operands: readonly Tensor[];
  readonly data: readonly Int8Array[];
  readonly output: Tensor;
}

function run(operator: Typed, { operands, data, output }: Operands): Int8Array {
  switch (operator.op) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D":
      return convolve(operator, { operands, data, output });
    case "FULLY_CONNECTED":
      return multiply(operator.attributes, { operands, data, output });
    case "ADD":
      return addReal(operator.attributes, { operands, data, output });
    case "MEAN":
    case "AVERAGE_POOL_2D":
      return average(operands[0], data[0]);
    case "RESHAPE":
      return data[0];
    case "PAD":
      return pad(operands, data[0], output);
    case "SOFTMAX":
      return softmax(operands[0], data[0]);
    default:
      throw new Error(`${operator.op} is not one of the zoo's operators`);
  }
}

const scaleOf = (tensor: Tensor) => tensor.quantization!.scales[0];
const zeroOf = (tensor: Tensor) => tensor.quantization!.zeroPoints[0];

/** Requantizes accumulators of a channel and clamps them. */
function finisher(operands: readonly Tensor[], output: Tensor, activation: "NONE") {
  const [input, weights] = operands;
  const factors = weights.quantization!.scales.map((scale) =>
    quantizeMultiplier(scaleOf(input) * scale / scaleOf(output))
  );
  const zeroPoint = zeroOf(output);
  const range = activationRange(activation, { dtype: "int8", scale: scaleOf(output), zeroPoint });
  return (sum: number, channel: number) => {
    const scaled = multiplyByQuantizedMultiplier(sum, factors[factors.length === 1 ? 0 : channel]);
    return Math.min(range.max, Math.max(range.min, scaled + zeroPoint));
  };
}

function convolve(
  operator: { op: string; attributes: Attributes<"CONV_2D"> | Attributes<"DEPTHWISE_CONV_2D"> },
  { operands, data: [x], output }: Operands,
): Int8Array {
  const { padding, strideH, strideW, activation } = operator.attributes;
  const isDepthwise = operator.op === "DEPTHWISE_CONV_2D";
  const [, rows, columns, depth] = operands[0].shape;
  const [, height, width] = operands[1].shape;
  const [, outRows, outColumns, channels] = output.shape;
  const w = constantValues(operands[1]) as Int8Array;
  const bias = constantValues(operands[2]) as Int32Array;
  const zero = zeroOf(operands[0]);
  const finish = finisher(operands, output, activation as "NONE");
  const top = windowExtent({ input: rows, filter: height, stride: strideH, padding }).before;
  const left = windowExtent({ input: columns, filter: width, stride: strideW, padding }).before;
  const result = new Int8Array(elements(output.shape));
  for (let y = 0, at = 0; y < outRows; y++) {
    for (let xx = 0; xx < outColumns; xx++) {
      for (let c = 0; c < channels; c++, at++) {
        let sum = bias[c];
        for (let i = 0; i < height; i++) {
          const row = y * strideH - top + i;
          if (row < 0 || row >= rows) continue;
          for (let j = 0; j < width; j++) {
            const column = xx * strideW - left + j;
            if (column < 0 || column >= columns) continue;
            const from = (row * columns + column) * depth;
            if (isDepthwise) {
              sum += (x[from + c] - zero) * w[(i * width + j) * channels + c];
              continue;
            }
            const filter = ((c * height + i) * width + j) * depth;
            for (let d = 0; d < depth; d++) sum += (x[from + d] - zero) * w[filter + d];
          }
        }
        result[at] = finish(sum, c);
      }
    }
  }
  return result;
}

function multiply(
  attributes: Attributes<"FULLY_CONNECTED">,
  { operands, data: [x], output }: Operands,
): Int8Array {
  const [units, depth] = operands[1].shape;
  const w = constantValues(operands[1]) as Int8Array;
  const bias = constantValues(operands[2]) as Int32Array;
  const zero = zeroOf(operands[0]);
  const finish = finisher(operands, output, attributes.activation as "NONE");
  return Int8Array.from({ length: units }, (_, unit) => {
    let sum = bias[unit];
    for (let d = 0; d < depth; d++) sum += (x[d] - zero) * w[unit * depth + d];
    return finish(sum, unit);
  });
}

function addReal(
  attributes: Attributes<"ADD">,
  { operands: [a, b], data: [x, y], output }: Operands,
): Int8Array {
  const [scale, zeroPoint] = [scaleOf(output), zeroOf(output)];
  const { activation } = attributes;
  const { min, max } = activationRange(activation, { dtype: "int8", scale, zeroPoint });
  return x.map((value, i) => {
    const sum = scaleOf(a) * (value - zeroOf(a)) + scaleOf(b) * (y[i] - zeroOf(b));
    return Math.min(max, Math.max(min, Math.round(sum / scale) + zeroPoint));
  });
}

/** The mean over rows and columns; the zoo keeps the quantization. */
function average(input: Tensor, x: Int8Array): Int8Array {
  const [, rows, columns, channels] = input.shape;
  const pixels = rows * columns;
  return Int8Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let pixel = 0; pixel < pixels; pixel++) sum += x[pixel * channels + c];
    return Math.round(sum / pixels);
  });
}

function pad([input, paddings]: readonly Tensor[], x: Int8Array, output: Tensor): Int8Array {
  const [, , top, , left] = constantValues(paddings) as Int32Array;
  const [, rows, columns, channels] = input.shape;
  const [, , wide] = output.shape;
  const result = new Int8Array(elements(output.shape)).fill(zeroOf(input));
  for (let y = 0; y < rows; y++) {
    const row = x.subarray(y * columns * channels, (y + 1) * columns * channels);
    result.set(row, ((y + top) * wide + left) * channels);
  }
  return result;
}

function softmax(input: Tensor, x: Int8Array): Int8Array {
  const exponents = Array.from(x, (value) => Math.exp(scaleOf(input) * value));
  const sum = exponents.reduce((total, value) => total + value);
  return Int8Array.from(exponents, (value) => Math.min(127, Math.round(256 * value / sum) - 128));
}
