// Small models that between them use every typed operator, opaque ones, several subgraphs, state,
// metadata and signatures. Tests read real files too, where the shared folder is there.
import type { Model, ModelTensor, Operator, OperatorAttributes, OperatorName } from "tinyloom";
import { dtypeRange, sizeBytes } from "tinyloom";

/** Attributes that a fixture takes where it does not say otherwise. */
const WINDOW = { padding: "SAME", strideH: 1, strideW: 1, activation: "NONE" } as const;
const DILATION = { dilationH: 1, dilationW: 1 } as const;
export const CONV = { ...WINDOW, ...DILATION, quantizedBiasType: "float32" } as const;
const DENSE = {
  activation: "RELU",
  weightsFormat: "DEFAULT",
  keepNumDims: false,
  asymmetricQuantizeInputs: false,
  quantizedBiasType: "float32",
} as const;

/** Collects tensors and operators; indices are handed out in order. */
export class Graph {
  readonly tensors: ModelTensor[] = [];
  readonly operators: Operator[] = [];

  tensor(shape: readonly number[], more: Partial<ModelTensor> = {}): number {
    const dtype = more.dtype ?? "int8";
    const isInteger = dtypeRange(dtype) !== null;
    const quantization = isInteger ? { scales: [0.5], zeroPoints: [0], axis: 0 } : null;
    const name = `t${this.tensors.length}`;
    const plain = { name, dtype, shape, quantization, data: null, isVariable: false };
    return this.tensors.push({ ...plain, ...more }) - 1;
  }

  /** A constant whose bytes count up. */
  constant(shape: readonly number[], more: Partial<ModelTensor> = {}): number {
    const dtype = more.dtype ?? "int8";
    const data = Uint8Array.from({ length: sizeBytes({ shape, dtype }) }, (_, i) => i % 64);
    return this.tensor(shape, { data, ...more });
  }

  /** A constant vector or matrix of int32 that tells an operator about shapes or axes. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): number {
    const data = new Uint8Array(Int32Array.from(values).buffer);
    return this.tensor(shape, { dtype: "int32", quantization: null, data });
  }

  add<Name extends OperatorName>(
    op: Name,
    options: { inputs: number[]; output: readonly number[]; attributes: OperatorAttributes[Name] },
  ): number {
    const { inputs, attributes } = options;
    const output = this.tensor(options.output);
    const operator = { op, inputs, outputs: [output], version: 1, attributes };
    this.operators.push(operator as Operator);
    return output;
  }

  model(inputs: readonly number[], outputs: readonly number[], more: Partial<Model> = {}): Model {
    return {
      name: "main",
      description: "",
      tensors: this.tensors,
      operators: this.operators,
      inputs,
      outputs,
      metadata: [],
      signatures: [],
      otherSubgraphs: [],
      lost: [],
      ...more,
    };
  }
}

/** Convolutions, pooling and a classifier, per-channel quantized. */
export function convolutional(): Model {
  const graph = new Graph();
  const perChannel = (channels: number, axis: number) => ({
    quantization: {
      scales: Array.from({ length: channels }, (_, i) => (i + 1) / 64),
      zeroPoints: new Array<number>(channels).fill(0),
      axis,
    },
  });
  const image = graph.tensor([1, 9, 8, 3]);
  const bias = (channels: number) =>
    graph.constant([channels], { dtype: "int32", ...perChannel(channels, 0) });
  const first = graph.add("CONV_2D", {
    inputs: [image, graph.constant([4, 3, 3, 3], perChannel(4, 0)), bias(4)],
    output: [1, 5, 4, 4],
    attributes: { ...CONV, strideH: 2, strideW: 2, activation: "RELU6" },
  });
  const depthwise = graph.add("DEPTHWISE_CONV_2D", {
    inputs: [first, graph.constant([1, 3, 3, 8], perChannel(8, 3)), bias(8)],
    output: [1, 5, 4, 8],
    attributes: { ...WINDOW, ...DILATION, depthMultiplier: 2 },
  });
  const dilated = graph.add("CONV_2D", {
    inputs: [depthwise, graph.constant([4, 2, 2, 8], { dtype: "int4" }), -1],
    output: [1, 3, 2, 4],
    attributes: { ...CONV, dilationH: 2, dilationW: 2, padding: "VALID" },
  });
  const pooled = graph.add("MAX_POOL_2D", {
    inputs: [dilated],
    output: [1, 2, 1, 4],
    attributes: { ...WINDOW, strideH: 2, strideW: 2, filterH: 2, filterW: 2 },
  });
  const mean = graph.add("AVERAGE_POOL_2D", {
    inputs: [pooled],
    output: [1, 1, 1, 4],
    attributes: { ...WINDOW, padding: "VALID", filterH: 2, filterW: 1 },
  });
  const flat = graph.add("RESHAPE", {
    inputs: [mean, graph.integers([1, 4])],
    output: [1, 4],
    attributes: { newShape: [1, 4] },
  });
  const dense = graph.add("FULLY_CONNECTED", {
    inputs: [flat, graph.constant([10, 4]), bias(10)],
    output: [1, 10],
    attributes: DENSE,
  });
  const classes = graph.add("SOFTMAX", {
    inputs: [dense],
    output: [1, 10],
    attributes: { beta: 1 },
  });
  return graph.model([image], [classes], {
    description: "a small classifier",
    metadata: [{ name: "OfflineMemoryAllocation", data: new Uint8Array([1, 0, 0, 0, 7]) }],
    signatures: [{
      key: "serving_default",
      subgraphIndex: 0,
      inputs: [{ name: "image", tensor: image }],
      outputs: [{ name: "classes", tensor: classes }],
    }],
  });
}

/** Everything that is not a convolution, around a 4-dimensional tensor. */
export function elementwise(): Model {
  const graph = new Graph();
  const none = { attributes: {} };
  const shape = [1, 2, 4, 6];
  const x = graph.tensor(shape);
  const names = ["RELU", "RELU6", "HARD_SWISH", "LOGISTIC", "TANH", "QUANTIZE"] as const;
  let y = x;
  for (const op of names) y = graph.add(op, { inputs: [y], output: shape, ...none });
  y = graph.add("LEAKY_RELU", { inputs: [y], output: shape, attributes: { alpha: 0.125 } });
  const addition = { activation: "RELU", potScaleInt16: false } as const;
  y = graph.add("ADD", { inputs: [x, y], output: shape, attributes: addition });
  y = graph.add("SUB", { inputs: [y, graph.constant([6])], output: shape, attributes: addition });
  const row = graph.constant([2, 1, 1]);
  y = graph.add("MUL", { inputs: [y, row], output: shape, attributes: { activation: "NONE" } });
  const order = graph.integers([0, 3, 1, 2]);
  y = graph.add("TRANSPOSE", { inputs: [y, order], output: [1, 6, 2, 4], ...none });
  const paddings = graph.integers([0, 0, 1, 1, 0, 2, 0, 0], [4, 2]);
  y = graph.add("PAD", { inputs: [y, paddings], output: [1, 8, 4, 4], ...none });
  const concatenation = { axis: -1, activation: "NONE" } as const;
  const cells = [1, 8, 4, 8];
  y = graph.add("CONCATENATION", { inputs: [y, y], output: cells, attributes: concatenation });
  const size = graph.integers([16, 8]);
  y = graph.add("RESIZE_NEAREST_NEIGHBOR", {
    inputs: [y, size],
    output: [1, 16, 8, 8],
    attributes: { alignCorners: false, halfPixelCenters: true },
  });
  const corners = [[0, 0, 0, 0], [1, 16, 8, 4], [1, 2, 2, 1]].map((list) => graph.integers(list));
  y = graph.add("STRIDED_SLICE", {
    inputs: [y, ...corners],
    output: [1, 8, 4, 4],
    attributes: {
      beginMask: 1,
      endMask: 1,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: 0,
      offset: false,
    },
  });
  const parts = [graph.tensor([1, 4, 4, 4]), graph.tensor([1, 4, 4, 4])];
  const axis = graph.integers([1], []);
  graph.operators.push({
    op: "SPLIT",
    inputs: [axis, y],
    outputs: parts,
    version: 1,
    attributes: { numSplits: 2 },
  });
  const packed = [1, 4, 4, 4, 2];
  y = graph.add("PACK", { inputs: parts, output: packed, attributes: { valuesCount: 2, axis: 4 } });
  const axes = graph.integers([1, 2]);
  y = graph.add("MEAN", { inputs: [y, axes], output: [1, 4, 2], attributes: { keepDims: false } });
  y = graph.add("SQUEEZE", { inputs: [y], output: [4, 2], attributes: { squeezeDims: [0] } });
  y = graph.add("EXPAND_DIMS", { inputs: [y, graph.integers([0])], output: [1, 4, 2], ...none });
  const real = graph.tensor([1, 4, 2], { dtype: "float32" });
  const dequantize = { op: "DEQUANTIZE", version: 2, attributes: {} } as const;
  graph.operators.push({ ...dequantize, inputs: [y], outputs: [real] });
  return graph.model([x], [real]);
}

/** State, a loop over two other subgraphs, and a custom operator. */
export function stateful(): Model {
  const graph = new Graph();
  const x = graph.tensor([1, 5]);
  const state = graph.tensor([1, 24], { isVariable: true });
  const filtered = graph.add("SVDF", {
    inputs: [x, graph.constant([8, 5]), graph.constant([8, 3]), -1, state],
    output: [1, 4],
    attributes: { rank: 2, activation: "RELU", asymmetricQuantizeInputs: false },
  });
  const looped = graph.tensor([1, 4], { shapeSignature: [-1, 4], hasRank: true });
  const result = graph.tensor([1, 4]);
  const opaque = { op: "OPAQUE", version: 1, customOptions: null } as const;
  graph.operators.push(
    {
      op: "WHILE",
      version: 1,
      attributes: { condSubgraphIndex: 1, bodySubgraphIndex: 2 },
      inputs: [filtered],
      outputs: [looped],
    },
    {
      ...opaque,
      opName: "my.operator",
      code: 32,
      optionTable: null,
      attributes: {},
      customOptions: new Uint8Array([3, 1, 2]),
      inputs: [looped, -1],
      outputs: [result],
      mutatingVariableInputs: [false, false],
    },
  );
  const condition = new Graph();
  const value = condition.tensor([1, 4]);
  const flag = condition.tensor([1], { dtype: "bool", quantization: null });
  const stop = { opName: "stop", code: 32, optionTable: null, attributes: {} } as const;
  const limit = condition.constant([1, 4]);
  condition.operators.push({ ...opaque, ...stop, inputs: [value, limit], outputs: [flag] });
  const body = new Graph();
  const before = body.tensor([1, 4]);
  const after = body.add("RELU", { inputs: [before], output: [1, 4], attributes: {} });
  return graph.model([x], [result], {
    otherSubgraphs: [
      { ...condition, name: "condition", inputs: [value], outputs: [flag] },
      { ...body, name: "body", inputs: [before], outputs: [after] },
    ],
  });
}

/** All of the above. */
export function sampleModels(): Record<string, Model> {
  return {
    convolutional: convolutional(),
    elementwise: elementwise(),
    stateful: stateful(),
  };
}
