import type { Tensor } from "../../model/tensor.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { type Fill, moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, expectSameType, MOVABLE, zeroPointOf } from "../reference/expect.ts";
import { mapIndices, position, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

const TYPES = MOVABLE.filter((type) => !type.endsWith("64"));

/** Surrounds the input with zeros: the output's zero point where 8-bit integers stand for numbers. */
export const pad: EngineOperator<"PAD"> = {
  types: TYPES,
  reference: preparePad,
  hasVectors: true,
  kernels: [padKernel],
};

function preparePad(operation: Operation<"PAD">): Kernel {
  const { inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], TYPES);
  return preparePadding(operation);
}

/** Padding with the value of a third input, with zeros without one. */
export function preparePadding(
  { inputs: [input, amounts, value], outputs: [output] }: Operation<"PAD" | "PADV2">,
): Kernel {
  const before = constantList("paddings", amounts).filter((_, i) => i % 2 === 0);
  const steps = strides(output.shape);
  const start = position(before, steps);
  const into = mapIndices(input.shape, (index) => start + position(index, steps));
  const zero = isByte(output) ? zeroPointOf(output) : 0;
  return ([x, , z], [y]) => {
    y.fill(value === undefined ? zero : z[0]);
    for (let i = 0; i < into.length; i++) y[into[i]] = x[i];
  };
}

function isByte({ dtype }: Tensor): boolean {
  return dtype === "int8" || dtype === "uint8";
}

/**
 * PAD and PADV2: the input is a box of the output; around it lie two boxes of zeros, or of the value,
 * for every dimension, as wide as the input in the dimensions before, and as the output in those behind.
 */
export function padKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "PAD") === null && operatorOf(layer, "PADV2") === null) return null;
  const { inputs: [input, amounts, value], outputs: [output] } = layer;
  const { shape } = input!.tensor;
  const { shape: whole } = output.tensor;
  const before = constantList("paddings", amounts!.tensor).filter((_, i) => i % 2 === 0);
  const steps = strides(whole);
  const fill = value == null
    ? zeros(layer)
    : { region: value.region, first: 0, steps: whole.map(() => 0) };
  const border = shape.flatMap((extent, axis) =>
    [
      { from: 0, until: before[axis] },
      { from: before[axis] + extent, until: whole[axis] },
    ].map(({ from, until }) => {
      const index = [...before.slice(0, axis), from, ...whole.slice(axis + 1).fill(0)];
      return {
        extents: [...shape.slice(0, axis), until - from, ...whole.slice(axis + 1)],
        from: fill,
        to: { region: output.region, first: position(index, steps), steps },
      };
    })
  );
  const inside = {
    extents: shape,
    from: { region: input!.region, first: 0, steps: strides(shape) },
    to: { region: output.region, first: position(before, steps), steps },
  };
  return moveBoxes(layer, [...border, inside]);
}

function zeros({ outputs: [{ tensor }], constants }: Layer): Fill {
  const byte = isByte(tensor) ? zeroPointOf(tensor) : 0;
  return { byte, vector: () => constants.splat8(byte) };
}
