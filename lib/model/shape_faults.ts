import { constantValues } from "./constant.ts";
import { dtypeBits } from "./dtype.ts";
import type { Operands, ReducedInputs } from "./operator_definition.ts";
import { elements, MAX_RANK } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

// What keeps shapes from fitting together, in words; null if nothing does.
//
// An extent that is not known until run time is NaN while shapes are checked. What is worked out from
// it is NaN as well, and nothing differs from that: so the rest is checked as if all were known.

/** Whether two numbers are known and not the same. */
export function differ(a: number, b: number): boolean {
  return a < b || a > b;
}

/** Whether a number is whole, or not known. */
export function mayBeWhole(value: number): boolean {
  return Number.isInteger(value) || Number.isNaN(value);
}

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
  if (!differ(tensor.shape[axis], extent)) return null;
  return `output of shape [${tensor.shape}], needed ${extent} in dimension ${axis}`;
}

/** An output of so many elements. */
export function expectElements(tensor: Tensor, count: number): string | null {
  if (!differ(elements(tensor.shape), count)) return null;
  return `output of shape [${tensor.shape}], needed ${count} elements`;
}

/** A tensor of so many dimensions. */
export function rankFault(what: string, tensor: Tensor, rank: number): string | null {
  if (tensor.shape.length === rank) return null;
  return `${what} of shape [${tensor.shape}], needed ${rank} dimensions`;
}

/** The output has as many elements as the input has indices of axes that are not reduced. */
export function reducedFault(
  { inputs: [input, axes], outputs: [output] }: Operands<ReducedInputs | readonly Tensor[]>,
): string | null {
  const list = axes ? known(axes) : null;
  const rank = input.shape.length;
  // A scalar has no axes; TFLM's kernels do not look at those that are given then.
  if (list === null || rank === 0) return null;
  const reduced = list.map((axis) => fromFront(axis, rank));
  if (reduced.includes(null)) return `axes [${list}] of an input of shape [${input.shape}]`;
  return expectElements(output, elements(input.shape.filter((_, i) => !reduced.includes(i))));
}

/**
 * Blocks of a batch of images, or of rows: a size for each of their dimensions (one or two), and what
 * is added or cut before and behind.
 */
export function blockFault({ data, block, borders, output }: {
  readonly data: Tensor;
  readonly block: Tensor;
  readonly borders: Tensor;
  readonly output: Tensor;
}): string | null {
  const rank = data.shape.length;
  if (rank !== 3 && rank !== 4) return `data of shape [${data.shape}], needed 3 or 4 dimensions`;
  const spatial = rank - 2;
  if (differ(elements(block.shape), spatial) || differ(elements(borders.shape), 2 * spatial)) {
    return `a block of shape [${block.shape}] and borders of shape [${borders.shape}] for ` +
      `${spatial} dimensions`;
  }
  const isWrong = known(block)?.some((size) => size < 1) ||
    known(borders)?.some((amount) => amount < 0);
  if (isWrong) return `a block of [${known(block)}] with borders of [${known(borders)}]`;
  return rankFault("output", output, rank);
}

/** Whether all extents agree, as far as they are known. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && !a.some((extent, axis) => differ(extent, b[axis]));
}

/** The common shape of two operands, or null: aligned at the end, an extent of 1 stretches. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape = [];
  for (let i = rank; i > 0; i--) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (differ(left, right) && left !== 1 && right !== 1) return null;
    // What is not known beside an extent other than 1 is that extent or 1.
    shape.push(left === 1 || Number.isNaN(left) && right !== 1 ? right : left);
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
