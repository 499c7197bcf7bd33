import { dtypes } from "../../model/dtype.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { clamp } from "./clamp.ts";
import {
  expectSameQuantization,
  expectSameType,
  fromFront,
  rangeOf,
  scaleOf,
  zeroPointOf,
} from "./expect.ts";
import { partIndices } from "./indices.ts";
import type { Prepare } from "./prepare.ts";
import { roundAway } from "./round.ts";

/** Joins tensors along an axis. Only uint8 may differ in quantization, and is brought to the output's. */
export const concatenation: Prepare<"CONCATENATION"> = (operation) => {
  const { attributes, inputs, outputs: [output] } = operation;
  expectSameType([...inputs, output], dtypes);
  if (attributes.activation !== "NONE") {
    throw new EngineError(`fused activation ${attributes.activation}, needed NONE`);
  }
  const axis = fromFront(attributes.axis, output.shape.length);
  let offset = 0;
  const parts = inputs.map((input) => {
    const into = partIndices(input.shape, { whole: output.shape, axis, offset });
    offset += input.shape[axis];
    return { into, convert: conversion(input, output) };
  });
  return (values, [y]) => {
    parts.forEach(({ into, convert }, part) => {
      const x = values[part];
      for (let i = 0; i < into.length; i++) y[into[i]] = convert === null ? x[i] : convert(x[i]);
    });
  };
};

/** How an element of an input becomes one of the output; null if it stays what it is. */
export function conversion(input: Tensor, output: Tensor): ((x: number) => number) | null {
  if (output.quantization === null || input.quantization === null) return null;
  if (output.dtype === "int8" || output.dtype === "int16") expectSameQuantization(input, output);
  if (output.dtype !== "uint8") return null;
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  if (scaleOf(input) === scaleOf(output) && zeroIn === zeroOut) return null;
  const f = Math.fround;
  const scale = f(scaleOf(input) * f(1 / scaleOf(output)));
  const bias = f(-zeroIn * scale);
  const range = rangeOf("uint8");
  return (x) => clamp(roundAway(f(f(x * scale) + bias)) + zeroOut, range);
}
