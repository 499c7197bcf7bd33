// Models of a few tensors and no more than QUANTIZE, for what reads and writes their elements.
import type { Model, ModelTensor } from "../../../mod.ts";

/** A tensor; int8 of scale 0.5 and zero point 0 unless told otherwise. */
export function tensor(shape: readonly number[], more: Partial<ModelTensor> = {}): ModelTensor {
  const quantization = { scales: [0.5], zeroPoints: [0], axis: 0 };
  const plain = { name: "x", dtype: "int8", shape, quantization, data: null } as const;
  return { ...plain, isVariable: false, ...more };
}

/** A real tensor. */
export function real(shape: readonly number[]): ModelTensor {
  return tensor(shape, { dtype: "float32", quantization: null });
}

/** A model whose inputs are its outputs. */
export function modelOf(...tensors: readonly ModelTensor[]): Model {
  const all = tensors.map((_, i) => i);
  const empty = { operators: [], metadata: [], signatures: [], otherSubgraphs: [], lost: [] };
  return { ...empty, name: "", description: "", tensors, inputs: all, outputs: all };
}

/** A model that quantizes its real input. */
export function quantizing(input: ModelTensor, output: ModelTensor): Model {
  const operator = {
    op: "QUANTIZE",
    inputs: [0],
    outputs: [1],
    version: 1,
    attributes: {},
  } as const;
  return { ...modelOf(input, output), operators: [operator], inputs: [0], outputs: [1] };
}
