import type { OperatorDefinition } from "../operator_definition.ts";
import { type ResizeAttributes, resizedRows, resizeFault } from "./resize_nearest_neighbor.ts";

/** RESIZE_BILINEAR. */
export const resizeBilinear: OperatorDefinition<ResizeAttributes> = {
  description: "Scaling between the four pixels around; inputs: data, [height, width]",
  optionTable: "ResizeBilinearOptions",
  inputs: 2,
  access: { kind: "none" },
  rows: (attributes, operands) =>
    resizedRows(operands, (extents) => {
      const isFloat = operands.outputs[0].dtype === "float32";
      const taps = resizeTaps({ ...extents, isFloat }, attributes);
      return (row) => [taps[row].lower, Math.max(taps[row].lower, taps[row].upper) + 1];
    }),
  check: (_, operands) => resizeFault(operands),
};

/** The two indices of the input that an index of the output lies between, and how far from each. */
export interface ResizeTap {
  readonly lower: number;
  readonly upper: number;
  /** Share of the lower one: a float32, or 1024ths. */
  readonly near: number;
  /** Share of the upper one. */
  readonly far: number;
}

/**
 * Where the indices of one dimension of an output lie in the input, as TensorFlow Lite Micro works it
 * out in float32, or in 1024ths with an integer scale. Half-pixel centres put the first positions
 * before the input's first pixel, where both taps are that pixel.
 */
export function resizeTaps(
  { from, to, isFloat }: { readonly from: number; readonly to: number; readonly isFloat: boolean },
  attributes: ResizeAttributes,
): readonly ResizeTap[] {
  const isAligned = attributes.alignCorners && to > 1;
  const [span, steps] = isAligned ? [from - 1, to - 1] : [from, to];
  const position = isFloat
    ? floatPosition(span / steps, attributes)
    : integerPosition(Math.trunc((ONE * span + Math.trunc(steps / 2)) / steps), attributes);
  const unit = isFloat ? 1 : ONE;
  return Array.from({ length: to }, (_, i) => {
    const at = position(i);
    const lower = Math.min(Math.max(isFloat ? Math.floor(at) : Math.trunc(at / ONE), 0), from - 1);
    const above = isFloat ? Math.ceil(at) : Math.trunc((at + ONE - 1) / ONE);
    const far = isFloat ? Math.fround(at - lower) : at - ONE * lower;
    return {
      lower,
      upper: Math.min(above, from - 1),
      near: isFloat ? Math.fround(unit - far) : unit - far,
      far,
    };
  });
}

/** A pixel of positions of int8. */
const ONE = 1024;

function floatPosition(
  ratio: number,
  { halfPixelCenters }: ResizeAttributes,
): (i: number) => number {
  const f = Math.fround;
  const scale = f(ratio);
  return (i) => halfPixelCenters ? f(f(f(i + 0.5) * scale) - 0.5) : f(i * scale);
}

function integerPosition(
  scale: number,
  { halfPixelCenters }: ResizeAttributes,
): (i: number) => number {
  return (i) => i * scale + (halfPixelCenters ? Math.trunc(scale / 2) - ONE / 2 : 0);
}
