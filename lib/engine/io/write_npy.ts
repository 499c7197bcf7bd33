import { elements } from "../../model/shape.ts";
import { NPY_MAGIC, type NpyArray, npyTypes } from "./npy.ts";
import { bytesOfValues } from "./values_of_bytes.ts";

/**
 * Writes a `.npy` file of version 1: little-endian, C order.
 *
 * @throws {TypeError} if NumPy has no such element type.
 * @throws {RangeError} if the number of elements is not that of the shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeNpy } from "tinyloom";
 *
 * const file = writeNpy({ dtype: "int8", shape: [2], values: new Int8Array([1, 2]) });
 * assert.equal(file.length, 128 + 2);
 * ```
 *
 * @category Files in and out
 */
export function writeNpy({ dtype, shape, values }: NpyArray): Uint8Array<ArrayBuffer> {
  const type = npyTypes[dtype];
  if (type === undefined) {
    throw new TypeError(`type ${dtype}, needed one of ${Object.keys(npyTypes).join(", ")}`);
  }
  if (values.length !== elements(shape)) {
    throw new RangeError(
      `${values.length} elements, needed ${elements(shape)} for [${shape}]`,
    );
  }
  const descr = (type.endsWith("1") ? "|" : "<") + type;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // The elements begin at a multiple of 64 bytes, so that the file can be mapped.
  const before = NPY_MAGIC.length + 4;
  const size = Math.ceil((before + dictionary.length + 1) / 64) * 64;
  const header = dictionary.padEnd(size - before - 1) + "\n";
  const start = `${NPY_MAGIC}\x01\x00` +
    String.fromCharCode(header.length & 0xff, header.length >> 8) + header;
  const data = bytesOfValues(values);
  const file = new Uint8Array(size + data.length);
  file.set(Uint8Array.from(start, (character) => character.charCodeAt(0)));
  file.set(data, size);
  return file;
}
