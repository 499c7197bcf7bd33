import { constantValues } from "./constant.ts";
import { dtypeBits } from "./dtype.ts";
import type { Operands } from "./operator_definition.ts";
import { elements, MAX_RANK } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

// What keeps shapes from fitting together, in words; null if nothing does.

/** The output has the shape of the input. */
export function sameShapeFault({ inputs: [input], outputs: [output] }: Operands): string | null {
  return expectShape(output, input.shape);
}

/** The output has as many elements as the input. */
export function sameElementsFault({ inputs: [input], outputs: [output] }: Operands): string | null {
  return expectElements(output, elements(input.shape));
}

/** The output has the common shape of all inputs. */
export function broadcastFault({ inputs, outputs: [output] }: Operands): string | null {
  const [first, ...others] = inputs.map(({ shape }) => shape);
  const shape = others.reduce<readonly number[] | null>(
    (common, other) => common && broadcast(common, other),
    first,
  );
  if (shape === null) return "inputs of shapes that do not broadcast";
  return expectShape(output, shape);
}

/** The output has the shape of the first input without the axis that the second one names. */
export function extremeIndexFault(
  { inputs: [input, axis], outputs: [output] }: Operands,
): string | null {
  const list = known(axis);
  if (list === null) return null;
  const rank = input.shape.length;
  const along = list.length === 1 ? fromFront(list[0], rank) : null;
  if (along === null) return `axis [${list}] of an input of shape [${input.shape}]`;
  return expectShape(output, input.shape.toSpliced(along, 1));
}

/** An output of a shape. */
export function expectShape(tensor: Tensor, shape: readonly number[]): string | null {
  if (sameShape(tensor.shape, shape)) return null;
  return `output of shape [${tensor.shape}], needed [${shape}]`;
}

/** An output of an extent along one axis. */
export function expectExtent(tensor: Tensor, axis: number, extent: number): string | null {
  if (tensor.shape[axis] === extent) return null;
  return `output of shape [${tensor.shape}], needed ${extent} in dimension ${axis}`;
}

/** An output of so many elements. */
export function expectElements(tensor: Tensor, count: number): string | null {
  if (elements(tensor.shape) === count) return null;
  return `output of shape [${tensor.shape}], needed ${count} elements`;
}

/** A tensor of so many dimensions. */
export function rankFault(what: string, tensor: Tensor, rank: number): string | null {
  if (tensor.shape.length === rank) return null;
  return `${what} of shape [${tensor.shape}], needed ${rank} dimensions`;
}

/** Whether all extents agree. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The common shape of two operands, or null: aligned at the end, an extent of 1 stretches. */
function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape = [];
  for (let i = rank; i > 0; i--) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

// Two numbers a dimension, and one more so that a longer list is still seen to be too long.
const LONGEST_LIST = 2 * MAX_RANK + 1;

/** The elements of a constant integer tensor; null when they are not known before the run. */
export function known(tensor: Tensor): number[] | null {
  if (tensor.data === null || tensor.isSparse) return null;
  if (tensor.dtype !== "int32" && tensor.dtype !== "int64") return null;
  const data = tensor.data.subarray(0, LONGEST_LIST * dtypeBits(tensor.dtype) / 8);
  return Array.from(constantValues({ ...tensor, data }) as ArrayLike<number | bigint>, Number);
}

/** An axis counted from the front, or null if there is none such. */
export function fromFront(axis: number, rank: number): number | null {
  const index = axis < 0 ? axis + rank : axis;
  return Number.isInteger(index) && index >= 0 && index < rank ? index : null;
}
