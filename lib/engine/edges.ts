import { type ConstantArray, zeroValues } from "../model/constant.ts";
import type { Tensor } from "../model/tensor.ts";
import { rangeOf, scaleOf, zeroPointOf } from "./reference/expect.ts";

/**
 * What a QUANTIZE at the edge of the graph would have computed, halves away from zero.
 *
 * @throws {RangeError} for NaN.
 */
export function quantizeEdge(what: string, values: Float32Array, tensor: Tensor): ConstantArray {
  const [scale, zeroPoint, { min, max }] = [
    scaleOf(tensor),
    zeroPointOf(tensor),
    rangeOf(tensor.dtype),
  ];
  const result = zeroValues(tensor.dtype, values.length) as Int8Array;
  for (let i = 0; i < values.length; i++) {
    const scaled = Math.fround(values[i] / scale);
    const rounded = scaled < 0 ? -Math.round(-scaled) : Math.round(scaled);
    const q = rounded + zeroPoint;
    if (q !== q) throw new RangeError(`${what} is NaN at element ${i}, needed a number`);
    result[i] = q < min ? min : q > max ? max : q;
  }
  return result;
}

/** What a DEQUANTIZE at the edge of the graph would have computed. */
export function dequantizeEdge(values: ConstantArray, tensor: Tensor): Float32Array {
  const [scale, zeroPoint] = [scaleOf(tensor), zeroPointOf(tensor)];
  return Float32Array.from(values as Int8Array, (q) => scale * (q - zeroPoint));
}
