import { constantValues } from "../../model/constant.ts";
import { type Dtype, dtypeRange } from "../../model/dtype.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";

/** The types that activations are quantized to. */
export const QUANTIZED: readonly Dtype[] = ["int8", "uint8", "int16"];

/** The types that activations come in. */
export const ACTIVATIONS: readonly Dtype[] = ["float32", ...QUANTIZED];

/** The types whose elements can be moved one by one, whatever they stand for. */
export const MOVABLE: readonly Dtype[] = [
  ...ACTIVATIONS,
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float64",
  "bool",
];

/** Whether elements are of a type that activations are quantized to. */
export function isQuantized({ dtype }: Tensor): boolean {
  return QUANTIZED.includes(dtype);
}

/** Refuses tensors that are not all of one type out of a list; returns that type. */
export function expectSameType(tensors: readonly Tensor[], types: readonly Dtype[]): Dtype {
  const [{ dtype }] = tensors;
  if (types.includes(dtype) && tensors.every((tensor) => tensor.dtype === dtype)) return dtype;
  const found = tensors.map((tensor) => tensor.dtype).join(", ");
  throw new EngineError(`tensors of types ${found}; needed all of one type: ${types.join(", ")}`);
}

/** Refuses a tensor of another type. */
export function expectType(what: string, tensor: Tensor, types: readonly Dtype[]): void {
  if (types.includes(tensor.dtype)) return;
  throw new EngineError(`${what} of type ${tensor.dtype}, needed ${types.join(" or ")}`);
}

/** Refuses tensors whose integers do not stand for the same numbers. */
export function expectSameQuantization(a: Tensor, b: Tensor): void {
  // TFLM's tolerance: converters write scales that differ in the last bits.
  if (Math.abs(scaleOf(a) - scaleOf(b)) <= 1e-6 && zeroPointOf(a) === zeroPointOf(b)) return;
  const show = (tensor: Tensor) => `scale ${scaleOf(tensor)}, zero point ${zeroPointOf(tensor)}`;
  throw new EngineError(`input of ${show(a)} and output of ${show(b)}; needed the same`);
}

/** Refuses int32 that stands for other numbers, of which TFLM's kernels know nothing. */
export function expectPlainIntegers(tensors: readonly Tensor[]): void {
  const found = tensors.find(({ quantization }) => (quantization?.scales.length ?? 0) > 0);
  if (found === undefined) return;
  throw new EngineError(
    `tensor "${found.name}" of quantized ${found.dtype}, needed plain integers`,
  );
}

/** Refuses a zero point other than the one that the arithmetic is defined for. */
export function expectZeroPoint(what: string, tensor: Tensor, needed: number): void {
  const found = zeroPointOf(tensor);
  if (found === needed) return;
  throw new EngineError(`${what} with zero point ${found}, needed ${needed} for ${tensor.dtype}`);
}

/** The one scale of a tensor, as the float32 that files hold. */
export function scaleOf(tensor: Tensor): number {
  return Math.fround(perTensor(tensor).scales[0]);
}

/** The one zero point of a tensor. */
export function zeroPointOf(tensor: Tensor): number {
  return perTensor(tensor).zeroPoints[0];
}

/** The integers of a type. */
export function integerRange(dtype: Dtype): { readonly min: number; readonly max: number } {
  const range = dtypeRange(dtype);
  if (range === null) throw new EngineError(`type ${dtype}, needed an integer type`);
  return range;
}

/** The elements of a constant list of integers: axes, paddings, sizes. */
export function constantList(what: string, tensor: Tensor): number[] {
  if (tensor.data === null) throw new EngineError(`${what} computed at run time, needed constant`);
  expectType(what, tensor, ["int32", "int64"]);
  return Array.from(constantValues(tensor) as ArrayLike<number | bigint>, Number);
}

/** An axis counted from the front. */
export function axisFromFront(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (index >= 0 && index < rank) return index;
  throw new EngineError(`axis ${axis}, needed ${-rank} to ${rank - 1}`);
}

function perTensor(tensor: Tensor): NonNullable<Tensor["quantization"]> {
  const { quantization, name } = tensor;
  const count = quantization?.scales.length ?? 0;
  if (quantization !== null && count === 1) {
    const [scale] = quantization.scales;
    if (scale >= 0) return quantization;
    throw new EngineError(`tensor "${name}" with scale ${scale}, needed at least 0`);
  }
  throw new EngineError(`tensor "${name}" of ${tensor.dtype} with ${count} scales, needed one`);
}

/** What is said of NaN that is to be quantized: no integer stands for it. */
export function nanRefusal({ name }: Tensor): string {
  return `QUANTIZE of NaN in tensor "${name}"`;
}
