import { mapIndices, position, strides } from "./indices.ts";

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
