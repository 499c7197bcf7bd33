import type { Dtype } from "./dtype.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Typed arrays that constants are read as.
 *
 * @category Models
 */
export type ConstantArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const ARRAYS: Partial<
  Record<
    Dtype,
    {
      readonly BYTES_PER_ELEMENT: number;
      new (buffer: ArrayBufferLike, offset: number, length: number): ConstantArray;
    }
  >
> = {
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  // A handle: which variable it is.
  resource: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

/**
 * The elements of a constant as a typed array of its type: a view where the bytes are aligned, a
 * copy where they are not. int4 is unpacked to one int8 an element (low nibble first, as TFLite
 * packs it), float16 widened to float32.
 *
 * @throws {TypeError} if the tensor is not a constant, or of a type without a typed array.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { constantValues } from "tinyloom";
 *
 * const bias = {
 *   name: "bias",
 *   dtype: "int32",
 *   shape: [2],
 *   quantization: null,
 *   data: new Uint8Array([1, 0, 0, 0, 255, 255, 255, 255]),
 *   isVariable: false,
 * } as const;
 * assert.deepEqual([...constantValues(bias)], [1, -1]);
 * ```
 *
 * @category Models
 */
export function constantValues(tensor: Tensor): ConstantArray {
  const { data, dtype, name } = tensor;
  if (data === null) throw new TypeError(`tensor "${name}" is not a constant: it has no data`);
  if (dtype === "int4") return unpackInt4(tensor, data);
  if (dtype === "float16") return widenFloat16(data);
  const array = ARRAYS[dtype];
  if (array === undefined) {
    throw new TypeError(`constant "${name}" of type ${dtype}; needed ${Object.keys(ARRAYS)}`);
  }
  const length = data.length / array.BYTES_PER_ELEMENT;
  if (!Number.isInteger(length)) {
    throw new TypeError(
      `constant "${name}" of ${data.length} bytes; ${dtype} takes a multiple of ` +
        `${array.BYTES_PER_ELEMENT}`,
    );
  }
  const aligned = data.byteOffset % array.BYTES_PER_ELEMENT === 0 ? data : data.slice();
  return new array(aligned.buffer, aligned.byteOffset, length);
}

/**
 * A typed array of zeros for elements of a type (int4 takes one int8 an element).
 *
 * @throws {TypeError} if the type has no typed array.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { zeroValues } from "tinyloom";
 *
 * assert.deepEqual(zeroValues("int16", 2), new Int16Array(2));
 * ```
 *
 * @category Models
 */
export function zeroValues(dtype: Dtype, length: number): ConstantArray {
  const array = dtype === "int4" ? Int8Array : ARRAYS[dtype];
  if (array === undefined) {
    throw new TypeError(`type ${dtype}; needed one of ${Object.keys(ARRAYS).join(", ")}`);
  }
  return new array(new ArrayBuffer(length * array.BYTES_PER_ELEMENT), 0, length);
}

/** Whether there are typed arrays for constants of a type, or for state of it. */
export function hasValues(dtype: Dtype, what: "constant" | "state"): boolean {
  return ARRAYS[dtype] !== undefined || dtype === "int4" ||
    what === "constant" && dtype === "float16";
}

function widenFloat16(data: Uint8Array): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from({ length: data.length >> 1 }, (_, i) => view.getFloat16(2 * i, true));
}

function unpackInt4(tensor: Tensor, data: Uint8Array): Int8Array {
  const length = tensor.shape.reduce((product, extent) => product * extent, 1);
  return Int8Array.from({ length }, (_, i) => (data[i >> 1] << (i % 2 === 0 ? 28 : 24)) >> 28);
}
