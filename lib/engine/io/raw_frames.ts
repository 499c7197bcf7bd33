import type { ConstantArray } from "../../model/constant.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { elementBytes, valuesOfBytes } from "./values_of_bytes.ts";

/** The frames of a raw file: one after the other, in each the inputs in the model's order. */
export function rawFrames(
  bytes: Uint8Array,
  inputs: readonly Tensor[],
): readonly (readonly ConstantArray[])[] {
  const sizes = inputs.map(({ dtype, shape }) => elements(shape) * elementBytes(dtype));
  const frameBytes = sizes.reduce((sum, size) => sum + size, 0);
  const frames = bytes.length / frameBytes;
  if (bytes.length === 0 || !Number.isInteger(frames)) {
    const parts = inputs.map(({ name, dtype, shape }) => `"${name}" ${dtype} [${shape}]`);
    throw new RangeError(
      `${bytes.length} bytes, needed ${frameBytes} or a multiple: a frame is ${parts.join(" + ")}`,
    );
  }
  let at = 0;
  return Array.from({ length: frames }, () =>
    inputs.map(({ dtype }, i) => {
      at += sizes[i];
      return valuesOfBytes(bytes.subarray(at - sizes[i], at), dtype);
    }));
}
