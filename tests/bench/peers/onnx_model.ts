import {
  type Activation,
  constantValues,
  type Model,
  type Operator,
  operatorName,
  type Padding,
  windowExtent,
} from "tinyloom";
import { onnxFile, type OnnxNode, type OnnxTensor } from "../onnx_proto.ts";
import { floatWeights, reordered } from "./float_weights.ts";

/** Name of a graph input or output in the ONNX file; its shape is the model's. */
export function edgeName(index: number): string {
  return `edge${index}`;
}

/**
 * Translates a model of float32 or int8 into an ONNX file; of int8 with QuantizeLinear and
 * DequantizeLinear around every operator (QDQ), which the library fuses into kernels of integers. Images
 * are NCHW there: one transposition behind an input that is an image, one before such an output, none
 * between.
 *
 * @throws {TypeError} for an operator, an activation or weights that are not translated.
 */
export function onnxModel(model: Model): Uint8Array {
  const { tensors, inputs, outputs } = model;
  const isImage = (index: number) => tensors[index].shape.length === 4;
  const isQuantized = tensors[inputs[0]].dtype === "int8";
  const type = isQuantized ? "int8" as const : "float32" as const;
  const edge = (index: number) => ({ name: edgeName(index), shape: tensors[index].shape, type });
  const move = (from: string, to: string, perm: readonly number[] | null): OnnxNode =>
    perm === null
      ? { op: "Identity", inputs: [from], output: to }
      : { op: "Transpose", inputs: [from], output: to, attributes: { perm } };
  const graph: Graph = { model, nodes: [], constants: [], isQuantized };
  const stored = (index: number) => isQuantized ? integerName(index) : valueName(index);
  for (const index of inputs) {
    graph.nodes.push(move(edgeName(index), stored(index), isImage(index) ? NHWC_TO_NCHW : null));
    if (isQuantized) dequantize(graph, index);
  }
  for (const operator of model.operators) translate(operator, graph);
  for (const index of outputs) {
    graph.nodes.push(move(stored(index), edgeName(index), isImage(index) ? NCHW_TO_NHWC : null));
  }
  return onnxFile({
    ...graph,
    name: "model",
    inputs: inputs.map(edge),
    outputs: outputs.map(edge),
  });
}

interface Graph {
  readonly model: Model;
  readonly nodes: OnnxNode[];
  readonly constants: OnnxTensor[];
  /** Whether it computes int8. */
  readonly isQuantized: boolean;
}

const NHWC_TO_NCHW = [0, 3, 1, 2];
const NCHW_TO_NHWC = [0, 2, 3, 1];
const OHWI_TO_OIHW = [0, 3, 1, 2];
const ONE_HWC_TO_C_ONE_HW = [3, 0, 1, 2];

function valueName(index: number): string {
  return `value${index}`;
}

/** The int8 of a tensor whose value is what they stand for. */
function integerName(index: number): string {
  return `integer${index}`;
}

/** From a tensor's int8 to its value. */
function dequantize(graph: Graph, index: number): void {
  const inputs = [integerName(index), ...scaleOf(graph, index)];
  graph.nodes.push({ op: "DequantizeLinear", inputs, output: valueName(index) });
}

/** Names of the scale and the zero point of a tensor, one for all. */
function scaleOf(graph: Graph, index: number): readonly string[] {
  const { scales: [scale], zeroPoints: [zeroPoint] } = graph.model.tensors[index].quantization!;
  return [
    constant(graph, { shape: [], values: Float32Array.of(scale) }),
    constant(graph, { shape: [], values: Int8Array.of(Number(zeroPoint)) }),
  ];
}

function translate(operator: Operator, graph: Graph): void {
  const { tensors } = graph.model;
  const [x, second] = operator.inputs;
  const { shape } = tensors[x];
  const image = valueName(x);
  const [y] = operator.outputs;
  const add = (op: string, inputs: readonly string[], more: Result = {}) => {
    if (!graph.isQuantized) return addNode(graph, { op, inputs, output: valueName(y), ...more });
    // Results are within what int8 can say: that is what RELU at its lowest does.
    const isImplied = tensors[y].quantization!.zeroPoints.every((point) => Number(point) === -128);
    const activation = isImplied ? "NONE" : more.activation;
    const real = `${valueName(y)}/real`;
    addNode(graph, { op, inputs, output: real, ...more, activation });
    const quantize = [real, ...scaleOf(graph, y)];
    graph.nodes.push({ op: "QuantizeLinear", inputs: quantize, output: integerName(y) });
    dequantize(graph, y);
  };
  switch (operator.op) {
    case "CONV_2D": {
      const [, ...taps] = tensors[second].shape;
      const inputs = [image, ...weights(graph, operator.inputs, OHWI_TO_OIHW)];
      return add("Conv", inputs, slidingWindow(shape, taps, operator.attributes));
    }
    case "DEPTHWISE_CONV_2D": {
      const [, ...taps] = tensors[second].shape;
      const inputs = [image, ...weights(graph, operator.inputs, ONE_HWC_TO_C_ONE_HW)];
      return add("Conv", inputs, slidingWindow(shape, taps, operator.attributes, shape[3]));
    }
    case "AVERAGE_POOL_2D": {
      const { filterH, filterW } = operator.attributes;
      return add(
        "AveragePool",
        [image],
        slidingWindow(shape, [filterH, filterW], operator.attributes),
      );
    }
    case "MEAN": {
      const axes = Array.from(constantValues(tensors[second]), Number);
      if (shape.length !== 4 || String(axes) !== "1,2" || operator.attributes.keepDims) break;
      const pooled = `${image}/mean`;
      addNode(graph, { op: "GlobalAveragePool", inputs: [image], output: pooled });
      return add("Flatten", [pooled]);
    }
    case "RESHAPE": {
      if (shape.length === 4 && shape[1] * shape[2] > 1) break;
      const target = BigInt64Array.from(tensors[operator.outputs[0]].shape, BigInt);
      if (target.length === 4) break;
      return add("Reshape", [image, constant(graph, { shape: [target.length], values: target })]);
    }
    case "FULLY_CONNECTED": {
      const { activation } = operator.attributes;
      const inputs = [image, ...weights(graph, operator.inputs)];
      return add("Gemm", inputs, { activation, attributes: { transB: 1 } });
    }
    case "ADD":
      return add("Add", [image, valueName(second)], operator.attributes);
    case "SOFTMAX":
      if (operator.attributes.beta !== 1) break;
      return add("Softmax", [image]);
  }
  throw new TypeError(`${operatorName(operator)} is not translated into ONNX`);
}

/** What a node has beyond its operator and its tensors. */
interface Result extends Pick<OnnxNode, "attributes"> {
  readonly activation?: Activation;
}

/** Adds a node, and another one for its activation; the library fuses them when it loads the file. */
function addNode(
  graph: Graph,
  { activation = "NONE", attributes, ...node }: Omit<OnnxNode, "attributes"> & Result,
): void {
  const { output } = node;
  if (activation === "NONE") {
    graph.nodes.push({ ...node, attributes });
    return;
  }
  const linear = `${output}/linear`;
  graph.nodes.push({ ...node, attributes, output: linear });
  if (activation === "RELU") {
    graph.nodes.push({ op: "Relu", inputs: [linear], output });
  } else if (activation === "RELU6") {
    const limits = [0, 6].map((limit) =>
      constant(graph, { shape: [], values: Float32Array.of(limit) })
    );
    graph.nodes.push({ op: "Clip", inputs: [linear, ...limits], output });
  } else {
    throw new TypeError(`activation ${activation} is not translated into ONNX`);
  }
}

/** Names of a layer's weights, in another order of dimensions, and of its bias if it has one. */
function weights(
  graph: Graph,
  [input, filter, bias]: readonly number[],
  order?: readonly number[],
): readonly string[] {
  const hasBias = bias !== undefined && bias !== -1;
  if (graph.isQuantized) return integerWeights(graph, [input, filter, hasBias ? bias : -1], order);
  const names = [constant(graph, floatWeights(graph.model, filter, order))];
  if (hasBias) names.push(constant(graph, floatWeights(graph.model, bias)));
  return names;
}

/** The same of int8, with a scale for each channel, and of an int32 bias. */
function integerWeights(
  graph: Graph,
  [input, filter, bias]: readonly number[],
  order?: readonly number[],
): readonly string[] {
  const { tensors } = graph.model;
  const scales = tensors[filter].quantization!.scales;
  const [inputScale] = tensors[input].quantization!.scales;
  const real = (index: number, scales: readonly number[], order?: readonly number[]) => {
    const values = constantValues(tensors[index]) as
      | Int8Array<ArrayBuffer>
      | Int32Array<ArrayBuffer>;
    const stored = reordered(values, tensors[index].shape, order);
    const isOne = scales.length === 1;
    const zeros = values.slice(0, scales.length).fill(0) as typeof values;
    const shape = isOne ? [] : [scales.length];
    const inputs = [
      constant(graph, stored),
      constant(graph, { shape, values: Float32Array.from(scales) }),
      constant(graph, { shape, values: zeros }),
    ];
    const output = `${inputs[0]}/real`;
    graph.nodes.push({
      op: "DequantizeLinear",
      inputs,
      output,
      attributes: isOne ? {} : { axis: 0 },
    });
    return output;
  };
  const names = [real(filter, scales, order)];
  if (bias !== -1) names.push(real(bias, scales.map((scale) => scale * inputScale)));
  return names;
}

function constant(graph: Graph, tensor: Omit<OnnxTensor, "name">): string {
  const name = `constant${graph.constants.length}`;
  graph.constants.push({ ...tensor, name });
  return name;
}

function slidingWindow(
  [, height, width]: readonly number[],
  [filterH, filterW]: readonly number[],
  { padding, strideH, strideW, dilationH = 1, dilationW = 1, activation }: {
    readonly padding: Padding;
    readonly strideH: number;
    readonly strideW: number;
    readonly dilationH?: number;
    readonly dilationW?: number;
    readonly activation: Activation;
  },
  group = 1,
): Result {
  const rows = { input: height, filter: filterH, stride: strideH, dilation: dilationH, padding };
  const columns = { input: width, filter: filterW, stride: strideW, dilation: dilationW, padding };
  const [top, left] = [windowExtent(rows), windowExtent(columns)];
  return {
    activation,
    attributes: {
      kernel_shape: [filterH, filterW],
      strides: [strideH, strideW],
      pads: [top.before, left.before, top.after, left.after],
      ...(dilationH * dilationW > 1 ? { dilations: [dilationH, dilationW] } : {}),
      ...(group > 1 ? { group } : {}),
    },
  };
}
