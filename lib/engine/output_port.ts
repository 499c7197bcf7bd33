import { type ConstantArray, constantValues, zeroValues } from "../model/constant.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Tensor } from "../model/tensor.ts";
import { scaleOf, zeroPointOf } from "./reference/expect.ts";

/** Gives a copy of a graph output. */
export type OutputPort = () => ConstantArray;

/**
 * The port of an output. Where the plan leaves integers (`kept`) and the model gives float32, they are
 * dequantized, as a DEQUANTIZE at the edge of the graph would have done.
 */
export function outputPort(
  { given, kept, bytes, address }: {
    readonly given: Tensor;
    readonly kept: Tensor;
    readonly bytes: Uint8Array;
    /** Undefined for a constant. */
    readonly address: number | undefined;
  },
): OutputPort {
  if (kept.data !== null || address === undefined) return () => constantValues(kept).slice();
  const end = address + sizeBytes(kept);
  const { constructor } = zeroValues(kept.dtype, 0);
  const Elements = constructor as typeof Int8Array;
  const { BYTES_PER_ELEMENT } = Elements;
  const isAligned = address % BYTES_PER_ELEMENT === 0;
  const place = isAligned
    ? new Elements(bytes.buffer as ArrayBuffer, address, (end - address) / BYTES_PER_ELEMENT)
    : null;
  const read = () =>
    place?.slice() ?? new Elements(bytes.slice(address, end).buffer as ArrayBuffer);
  if (given.dtype === kept.dtype) return read;
  const [scale, zeroPoint] = [scaleOf(kept), zeroPointOf(kept)];
  return () => Float32Array.from(read(), (q) => scale * (q - zeroPoint));
}
