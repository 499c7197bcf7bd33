import { mapIndices, position, strides } from "./indices.ts";

/**
 * For every element of the output, the element of an operand that it is computed from: shapes are
 * aligned at the end, and an extent of 1 stretches (NumPy's broadcasting).
 */
export function broadcastIndices(
  operand: readonly number[],
  output: readonly number[],
): Int32Array {
  const missing = output.length - operand.length;
  const steps = strides(operand);
  const stretched = output.map((_, axis) =>
    axis < missing || operand[axis - missing] === 1 ? 0 : steps[axis - missing]
  );
  return mapIndices(output, (index) => position(index, stretched));
}
