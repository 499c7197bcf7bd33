import type { ConstantArray } from "../../model/constant.ts";
import type { Dtype } from "../../model/dtype.ts";

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
export const NPY_MAGIC = "\x93NUMPY";

/** NumPy's letter and number of bytes for the types that have a typed array. */
export const npyTypes: Readonly<Partial<Record<Dtype, string>>> = {
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
