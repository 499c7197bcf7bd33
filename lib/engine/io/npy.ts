import { checkArguments, checkOptions } from "../../check_arguments.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Dtype } from "../../model/dtype.ts";
import { elements, MAX_RANK } from "../../model/shape.ts";
import { bytesOfValues, elementBytes, valuesOfBytes } from "./bytes.ts";

/**
 * An array as NumPy saves it.
 *
 * @category Files in and out
 */
export interface NpyArray {
  /** Type of the elements. */
  readonly dtype: Dtype;
  /** Extents of the dimensions; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** The elements in C order: the last index runs fastest. */
  readonly values: ConstantArray;
}

/** What a file begins with. */
const NPY_MAGIC = "\x93NUMPY";

/** NumPy's letter and number of bytes for the types that have a typed array. */
const npyTypes: Readonly<Partial<Record<Dtype, string>>> = {
  bool: "b1",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  uint16: "u2",
  int32: "i4",
  uint32: "u4",
  int64: "i8",
  uint64: "u8",
  float32: "f4",
  float64: "f8",
};

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
  checkArguments("readNpy", { bytes });
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

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  readonly dtype: Dtype;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/**
 * Reads the Python dictionary that describes the array. NumPy writes three entries and no others:
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
 *
 * @throws {TypeError} for any other text, and for element types without a typed array.
 */
function parseNpyHeader(text: string): NpyHeader {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw new TypeError(`header ${quoted(text)}, needed a {...} dictionary`);
  const entries = new Map<string, string>();
  let rest = body.trim();
  while (rest !== "") {
    const match = ENTRY.exec(rest);
    if (match === null) throw new TypeError(`header entry ${quoted(rest)}, needed 'name': value`);
    entries.set(match[2], match[3]);
    rest = rest.slice(match[0].length);
  }
  const names = [...entries.keys()].sort().join(", ");
  if (names !== "descr, fortran_order, shape") {
    throw new TypeError(`header with ${names || "nothing"}; needed descr, fortran_order, shape`);
  }
  const value = (name: string) => entries.get(name) as string;
  return {
    ...elementType(value("descr")),
    ...order(value("fortran_order")),
    shape: shape(value("shape")),
  };
}

// A name, then a string, a word, or a tuple; a list stands for a structured type.
const ENTRY = /^(['"])(\w*)\1\s*:\s*('[^']*'|"[^"]*"|\w+|\([^()]*\)|\[.*\])\s*(?:,\s*|$)/s;

function elementType(text: string): { dtype: Dtype; bigEndian: boolean } {
  const [, order, code] = /^['"]([<>|=]?)(\w+)['"]$/.exec(text) ?? [];
  const found = Object.entries(npyTypes).find(([, known]) => known === code);
  if (found === undefined) {
    throw new TypeError(
      `element type ${quoted(text)}, needed one of ${Object.values(npyTypes).join(", ")}`,
    );
  }
  return { dtype: found[0] as Dtype, bigEndian: order === ">" };
}

function order(text: string): { fortranOrder: boolean } {
  if (text === "True" || text === "False") return { fortranOrder: text === "True" };
  throw new TypeError(`fortran_order ${quoted(text)}, needed True or False`);
}

function shape(text: string): readonly number[] {
  // Python 2 wrote long integers with an L; a tuple of one has a comma.
  const inner = /^\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?)?)\s*\)$/.exec(text)?.[1];
  const extents = inner?.split(",").map((each) => each.trim()).filter((each) => each !== "")
    .map((each) => Number(each.replace("L", "")));
  const isTuple = inner === undefined || inner === "" || inner.includes(",");
  if (extents === undefined || !isTuple || !extents.every(Number.isSafeInteger)) {
    throw new TypeError(`shape ${quoted(text)}, needed a tuple of integers`);
  }
  if (extents.length <= MAX_RANK) return extents;
  throw new TypeError(`shape of ${extents.length} dimensions, needed at most ${MAX_RANK}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

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
export function writeNpy(array: NpyArray): Uint8Array<ArrayBuffer> {
  checkOptions("writeNpy", array, "dtype shape values");
  const { dtype, shape, values } = array;
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
