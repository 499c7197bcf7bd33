import { type ConstantArray, type Model, type ModelTensor, zeroValues } from "tinyloom";

/** The tensors behind some of a graph's indices. */
export function tensorsAt(model: Model, indices: readonly number[]): readonly ModelTensor[] {
  return indices.map((index) => model.tensors[index]);
}

/** Bytes read as the elements of a tensor. */
export function elementsOf(tensor: ModelTensor, bytes: Uint8Array): ConstantArray {
  const values = zeroValues(
    tensor.dtype,
    bytes.length / zeroValues(tensor.dtype, 0).BYTES_PER_ELEMENT,
  );
  bytesOf(values).set(bytes);
  return values;
}

/** The bytes of a typed array. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
