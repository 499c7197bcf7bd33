import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { prepareByteTable } from "../kernels/elementwise/byte_table.ts";
import { moveBoxes, movedBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { clamp, roundAway } from "../reference/clamp.ts";
import {
  axisFromFront,
  expectSameQuantization,
  expectSameType,
  integerRange,
  MOVABLE,
  scaleOf,
  zeroPointOf,
} from "../reference/expect.ts";
import { partIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Joins tensors along an axis. Only uint8 may differ in quantization, and is brought to the output's. */
export const concatenation: EngineOperator<"CONCATENATION"> = {
  types: MOVABLE,
  reference: prepareConcatenation,
  hasVectors: true,
  kernels: [concatenationKernel],
};

function prepareConcatenation(operation: Operation<"CONCATENATION">): ReferenceKernel {
  const { attributes, inputs, outputs: [output] } = operation;
  expectSameType([...inputs, output], MOVABLE);
  if (attributes.activation !== "NONE") {
    throw new EngineError(`fused activation ${attributes.activation}, needed NONE`);
  }
  const axis = axisFromFront(attributes.axis, output.shape.length);
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
}

/** How an element of an input becomes one of the output; null if it stays what it is. */
function conversion(input: Tensor, output: Tensor): ((x: number) => number) | null {
  if (output.quantization === null || input.quantization === null) return null;
  if (output.dtype === "int8" || output.dtype === "int16") expectSameQuantization(input, output);
  if (output.dtype !== "uint8") return null;
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  if (scaleOf(input) === scaleOf(output) && zeroIn === zeroOut) return null;
  const f = Math.fround;
  const scale = f(scaleOf(input) * f(1 / scaleOf(output)));
  const bias = f(-zeroIn * scale);
  const range = integerRange("uint8");
  return (x) => clamp(roundAway(f(f(x * scale) + bias)) + zeroOut, range);
}

/** CONCATENATION: every input is a box of the output; uint8 of other scales goes through a table. */
function concatenationKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "CONCATENATION") === null) return null;
  const { name, inputs, outputs: [output], constants } = layer;
  const tables = inputs.map((input, i) => {
    const convert = conversion(input!.tensor, output.tensor);
    if (convert === null) return null;
    const table = Uint8Array.from({ length: 256 }, (_, byte) => convert(byte));
    return prepareByteTable(constants, { name: `${name}_table${i}`, table });
  });
  const boxes = movedBoxes(layer)?.map(({ input, ...box }) => {
    const change = tables[input];
    return change === null ? box : { ...box, from: { ...box.from, change } };
  });
  return boxes === undefined ? null : moveBoxes(layer, boxes);
}
