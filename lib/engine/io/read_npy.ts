import type { ConstantArray } from "../../model/constant.ts";
import { elements } from "../../model/shape.ts";
import { NPY_MAGIC, type NpyArray } from "./npy.ts";
import { parseNpyHeader } from "./npy_header.ts";
import { elementBytes, valuesOfBytes } from "./values_of_bytes.ts";

/**
 * Reads a `.npy` file of version 1, 2 or 3: elements of either byte order, in C or Fortran order,
 * come out in C order.
 *
 * @throws {TypeError} if it is no such file, or its elements have no typed array (complex, text,
 *   objects, structures).
 * @throws {RangeError} if it does not hold exactly the elements of its shape.
 *
 * Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readNpy, writeNpy } from "tinyloom";
 *
 * const array = { dtype: "int16", shape: [3], values: new Int16Array([1, -2, 3]) } as const;
 * assert.deepEqual(readNpy(writeNpy(array)), array);
 * ```
 *
 * @category Files in and out
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  const start = String.fromCharCode(...bytes.subarray(0, NPY_MAGIC.length));
  if (start !== NPY_MAGIC) throw new TypeError("no .npy file: it does not begin with \\x93NUMPY");
  const version = bytes[NPY_MAGIC.length];
  if (!(version >= 1 && version <= 3)) {
    throw new TypeError(`.npy version ${version}, needed 1, 2 or 3`);
  }
  // The length of the header: 16 bits in version 1, 32 bits since.
  const lengthAt = NPY_MAGIC.length + 2;
  const headerAt = lengthAt + (version === 1 ? 2 : 4);
  if (bytes.length < headerAt) throw new TypeError(`.npy file cut off at ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + lengthAt, headerAt - lengthAt);
  const dataAt = headerAt + (version === 1 ? view.getUint16(0, true) : view.getUint32(0, true));
  if (bytes.length < dataAt) {
    throw new TypeError(`.npy header up to byte ${dataAt}, the file has ${bytes.length}`);
  }
  const text = new TextDecoder("latin1").decode(bytes.subarray(headerAt, dataAt));
  const { dtype, shape, bigEndian, fortranOrder } = parseNpyHeader(text);
  const size = elementBytes(dtype);
  const needed = elements(shape) * size;
  const data = bytes.slice(dataAt);
  if (data.length !== needed) {
    throw new RangeError(
      `${data.length} bytes of elements, needed ${needed} for ${dtype} [${shape}]`,
    );
  }
  if (bigEndian) { for (let i = 0; i < needed; i += size) data.subarray(i, i + size).reverse(); }
  const values = valuesOfBytes(data, dtype);
  return { dtype, shape, values: fortranOrder ? toCOrder(values, shape) : values };
}

/** Reorders elements whose first index runs fastest. */
function toCOrder(values: ConstantArray, shape: readonly number[]): ConstantArray {
  const strides = shape.map((_, axis) => elements(shape.slice(0, axis)));
  const ordered = values.slice();
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}
