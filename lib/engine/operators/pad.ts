import { position, strides, wholeOf } from "../../model/shape.ts";
import type { Region } from "../../kernel/kernel.ts";
import type { BoxPlace } from "../../model/operator_definition.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { type Fill, moveBoxes, type MovedBox, movedBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, expectSameType, MOVABLE, zeroPointOf } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const TYPES = MOVABLE.filter((type) => !type.endsWith("64"));

/** Surrounds the input with zeros: the output's zero point where 8-bit integers stand for numbers. */
export const pad: EngineOperator<"PAD"> = {
  types: TYPES,
  reference: preparePad,
  hasVectors: true,
  kernels: [padKernel],
};

function preparePad(operation: Operation<"PAD">): ReferenceKernel {
  const { inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], TYPES);
  return preparePadding(operation);
}

/** Padding with the value of a third input, with zeros without one. */
export function preparePadding(
  { inputs: [input, amounts, value], outputs: [output] }: Operation<"PAD" | "PADV2">,
): ReferenceKernel {
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

/** PAD and PADV2: the input is a box of the output, and is moved before what is around it is filled. */
export function padKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "PAD") === null && operatorOf(layer, "PADV2") === null) return null;
  const { inputs: [input, amounts, value], outputs: [output] } = layer;
  const boxes = movedBoxes(layer);
  if (boxes === null) return null;
  const { shape } = output.tensor;
  const fill = value == null
    ? zeros(layer)
    : { region: value.region, first: 0, steps: shape.map(() => 0) };
  const border = around({
    whole: shape,
    inside: input!.tensor.shape,
    before: constantList("paddings", amounts!.tensor).filter((_, i) => i % 2 === 0),
    place: { region: output.region, ...wholeOf(output.tensor) },
  });
  return moveBoxes(layer, boxes, { then: border.map((box) => ({ ...box, from: fill })) });
}

/**
 * What lies around a box within another one: two boxes for every dimension, as wide as the one inside
 * in the dimensions before, and as the whole in those behind.
 */
export function around({ whole, inside, before, place }: {
  readonly whole: readonly number[];
  readonly inside: readonly number[];
  readonly before: readonly number[];
  readonly place: BoxPlace & { readonly region: Region };
}): readonly Pick<MovedBox, "extents" | "to">[] {
  return inside.flatMap((extent, axis) =>
    [
      { from: 0, until: before[axis] },
      { from: before[axis] + extent, until: whole[axis] },
    ].map(({ from, until }) => {
      const index = [...before.slice(0, axis), from, ...whole.slice(axis + 1).fill(0)];
      return {
        extents: [...inside.slice(0, axis), until - from, ...whole.slice(axis + 1)],
        to: { ...place, first: place.first + position(index, place.steps) },
      };
    })
  );
}

export function zeros({ outputs: [{ tensor }], constants }: Layer): Fill {
  const byte = isByte(tensor) ? zeroPointOf(tensor) : 0;
  return { byte, vector: () => constants.splat8(byte) };
}
