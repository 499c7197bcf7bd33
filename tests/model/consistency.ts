// Whether a model that readModel returned can be trusted, checked without the library's own checks.
import type { Model, ModelTensor, Subgraph } from "tinyloom";
import { assert } from "../assert.ts";

const BITS: Record<string, number> = {
  float32: 32,
  float16: 16,
  bfloat16: 16,
  float64: 64,
  complex64: 64,
  complex128: 128,
  bool: 8,
  resource: 32,
  float8_e4m3fn: 8,
  float8_e5m2: 8,
};

function bits(dtype: string): number | null {
  return BITS[dtype] ?? (dtype.includes("int") ? Number(dtype.replace(/\D/g, "")) : null);
}

function range(dtype: string): readonly [number, number] {
  const width = bits(dtype) ?? 64;
  if (!dtype.includes("int") || width === 64) return [-(2 ** 53), 2 ** 53];
  return dtype.startsWith("u") ? [0, 2 ** width - 1] : [-(2 ** (width - 1)), 2 ** (width - 1) - 1];
}

/** Fails if anything in the model contradicts anything else, or lies outside the file. */
export function assertConsistent(model: Model, file: Uint8Array): void {
  const subgraphs = [model, ...model.otherSubgraphs];
  for (const graph of subgraphs) assertGraph(graph, file);
  for (const { data } of model.metadata) assertInside(data, file);
  for (const { subgraphIndex, inputs, outputs } of model.signatures) {
    const { tensors } = subgraphs[subgraphIndex];
    for (const { tensor } of [...inputs, ...outputs]) {
      assert(tensor >= 0 && tensor < tensors.length);
    }
  }
}

function assertGraph(graph: Subgraph, file: Uint8Array): void {
  const { tensors, operators, inputs, outputs } = graph;
  for (const tensor of tensors) assertTensor(tensor, file);
  const written = new Set<number>();
  const scratch = new Set<number>();
  const known = (index: number) => {
    const tensor = tensors[index];
    assert(tensor !== undefined, `tensor ${index} of ${tensors.length}`);
    return tensor.data !== null || tensor.isVariable || tensor.shape.includes(0) ||
      written.has(index);
  };
  // An input may be listed twice.
  for (const input of inputs) {
    assert(tensors[input] !== undefined && tensors[input].data === null);
    written.add(input);
  }
  for (const operator of operators) {
    const isCustom = operator.op === "OPAQUE" && operator.code === 32;
    for (const input of operator.inputs) {
      if (input === -1) continue;
      // A custom operator may name scratch memory, which nobody else may write or read.
      assert(known(input) || isCustom);
      if (!known(input)) scratch.add(input);
    }
    for (const output of operator.outputs) {
      assert(tensors[output] !== undefined && !written.has(output));
      assert(tensors[output].data === null && !scratch.has(output));
      written.add(output);
    }
    for (const value of Object.values<unknown>({ ...operator.attributes })) {
      assert(value !== undefined && (typeof value !== "number" || Number.isFinite(value)));
    }
  }
  for (const output of outputs) assert(known(output));
}

function assertTensor(tensor: ModelTensor, file: Uint8Array): void {
  const { shape, dtype, data, quantization } = tensor;
  let count = 1;
  for (const extent of shape) {
    assert(Number.isInteger(extent) && extent >= 0);
    count *= extent;
  }
  const width = bits(dtype);
  if (width !== null) assert(count * width / 8 <= 2 ** 31, `shape [${shape}]`);
  if (data !== null) {
    assertInside(data, file);
    if (width !== null && !tensor.isSparse) assert(data.length === Math.ceil(count * width / 8));
  }
  if (quantization !== null) {
    const { scales, zeroPoints, axis } = quantization;
    assert(scales.length === zeroPoints.length);
    assert(scales.every(Number.isFinite));
    const [low, high] = range(dtype);
    assert(zeroPoints.every((point) => Number.isInteger(point) && point >= low && point <= high));
    assert(scales.length <= 1 ? axis === 0 : shape[axis] === scales.length);
  }
}

function assertInside(data: Uint8Array, file: Uint8Array): void {
  if (data.length === 0) return;
  assert(data.buffer === file.buffer, "data was copied");
  assert(data.byteOffset >= file.byteOffset);
  assert(data.byteOffset + data.length <= file.byteOffset + file.length);
}
