import { position, strides } from "../../model/shape.ts";

/**
 * Something for every element of a shape in row-major order, told by the element's index: as a rule
 * where in another array it comes from.
 */
export function mapIndices(
  shape: readonly number[],
  tell: (index: readonly number[]) => number,
): Int32Array {
  const result = new Int32Array(shape.reduce((product, extent) => product * extent, 1));
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < result.length; i++) {
    result[i] = tell(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

/**
 * Where the elements of a part lie in the whole, from which it differs in one dimension only and
 * there by an offset.
 */
export function partIndices(
  part: readonly number[],
  within: { readonly whole: readonly number[]; readonly axis: number; readonly offset: number },
): Int32Array {
  const steps = strides(within.whole);
  const start = within.offset * steps[within.axis];
  return mapIndices(part, (index) => start + position(index, steps));
}

/**
 * Elements of an operand from one index of the output to the next, for every dimension: shapes are
 * aligned at the end, and an extent of 1 stretches, by steps of 0 (NumPy's broadcasting).
 */
export function broadcastSteps(
  operand: readonly number[],
  output: readonly number[],
): readonly number[] {
  const missing = output.length - operand.length;
  const steps = strides(operand);
  return output.map((_, axis) =>
    axis < missing || operand[axis - missing] === 1 ? 0 : steps[axis - missing]
  );
}

/** For every element of the output, the element of an operand that it is computed from. */
export function broadcastIndices(
  operand: readonly number[],
  output: readonly number[],
): Int32Array {
  const steps = broadcastSteps(operand, output);
  // An operand of the output's shape is read in the order in which it lies.
  const isWhole = operand.join() === output.join();
  if (isWhole) return new Int32Array(operand.reduce((a, b) => a * b, 1)).map((_, i) => i);
  return mapIndices(output, (index) => position(index, steps));
}

/** Elements of a list of integers as int32; of int64 the lower half, as TFLM's kernels take it. */
export function integers(values: ArrayLike<number | bigint>): number[] {
  return Array.from(
    values,
    (value) => typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value,
  );
}
