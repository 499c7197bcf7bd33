import { gunzipSync } from "node:zlib";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { elementBytes, valuesOfBytes } from "../../engine/io/bytes.ts";
import type { NpyArray } from "../../engine/io/npy.ts";
import type { Dtype } from "../../model/dtype.ts";
import { elements } from "../../model/shape.ts";

/**
 * Options of `readIdx`.
 *
 * @category Data
 */
export interface ReadIdxOptions {
  /** Bytes of elements at most, 1 GiB when absent: a few packed bytes can claim any size. */
  readonly mostBytes?: number;
}

const TYPES: Readonly<Record<number, Dtype>> = {
  0x08: "uint8",
  0x09: "int8",
  0x0b: "int16",
  0x0c: "int32",
  0x0d: "float32",
  0x0e: "float64",
};
const MOST_RANK = 6;

/**
 * Reads an IDX file, the format of MNIST and Fashion-MNIST, also packed by gzip.
 *
 * Source: "The IDX file format", LeCun, Cortes and Burges, The MNIST database of handwritten digits.
 *
 * @throws {TypeError} if it is no such file, or is damaged.
 * @throws {RangeError} if it does not hold exactly the elements of its shape, or more than `mostBytes`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readIdx } from "tinyloom";
 *
 * const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 1, 9);
 * assert.deepEqual(readIdx(labels), {
 *   dtype: "uint8",
 *   shape: [3],
 *   values: Uint8Array.of(7, 1, 9),
 * });
 * ```
 *
 * @category Data
 */
export function readIdx(bytes: Uint8Array, options: ReadIdxOptions = {}): NpyArray {
  checkOptions("readIdx", options, "mostBytes");
  checkArguments("readIdx", { bytes });
  const { mostBytes = 2 ** 30 } = options;
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipped(bytes, mostBytes) : bytes;
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  if (plain.length < 4 || view.getUint16(0) !== 0) {
    const start = plain.subarray(0, 4).toHex();
    throw new TypeError(`no IDX file: it begins with ${start || "nothing"}, needed 0000`);
  }
  const [type, rank] = [plain[2], plain[3]];
  const dtype = TYPES[type];
  if (dtype === undefined) {
    const known = Object.keys(TYPES).map((each) => `0x0${Number(each).toString(16)}`).join(", ");
    throw new TypeError(`IDX elements of type 0x${type.toString(16)}, needed one of ${known}`);
  }
  if (rank < 1 || rank > MOST_RANK) {
    throw new TypeError(`IDX file of ${rank} dimensions, needed 1 to ${MOST_RANK}`);
  }
  const dataAt = 4 + 4 * rank;
  if (plain.length < dataAt) {
    throw new TypeError(`IDX header up to byte ${dataAt}, the file has ${plain.length}`);
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = elementBytes(dtype);
  const needed = elements(shape) * size;
  if (needed > mostBytes) {
    throw new RangeError(`IDX file of ${needed} bytes, needed at most ${mostBytes} (mostBytes)`);
  }
  if (plain.length - dataAt !== needed) {
    throw new RangeError(
      `${plain.length - dataAt} bytes of elements, needed ${needed} for ${dtype} [${shape}]`,
    );
  }
  const data = plain.slice(dataAt);
  // The format is big-endian.
  if (size > 1) { for (let i = 0; i < needed; i += size) data.subarray(i, i + size).reverse(); }
  return { dtype, shape, values: valuesOfBytes(data, dtype) };
}

/** More than any header. */
const HEADER_BYTES = 4 + 4 * MOST_RANK;

function gunzipped(bytes: Uint8Array, mostBytes: number): Uint8Array {
  try {
    const content = gunzipSync(bytes, { maxOutputLength: mostBytes + HEADER_BYTES });
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch (error) {
    const { message, code } = error as { message: string; code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE" || error instanceof RangeError) {
      throw new RangeError(`IDX file of more than ${mostBytes} bytes (mostBytes)`, {
        cause: error,
      });
    }
    throw new TypeError(`gzip that cannot be unpacked: ${message}`, { cause: error });
  }
}
