import { strides } from "../../model/shape.ts";
import type { BatchMatmulAttributes } from "../../model/operators/batch_matmul.ts";
import { matmulExtents } from "../../model/operators/batch_matmul.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { OperandTypes, WeightedOperation } from "./arithmetic.ts";

/** What goes together in a BATCH_MATMUL: one type for all. */
export const matmulTypes: OperandTypes = {
  weights: { float32: ["float32"], int8: ["int8"], int16: ["int16"] },
  bias: {},
};

/** As an operation with weights, of one scale and sums of 64 bits for int16. */
export function matmulOperation(
  [input, weights]: readonly Tensor[],
  output: Tensor,
): WeightedOperation {
  const rest = { bias: undefined, activation: "NONE", channelAxis: 0, biasType: "int64" } as const;
  return { input, weights, output, ...rest, isFullyConnected: true };
}

/** A walk over the elements of a BATCH_MATMUL: extents, and the steps of each operand along them. */
export interface MatmulWalk {
  /** Of dimensions before the last two. */
  readonly batches: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly x: MatrixSteps;
  readonly w: MatrixSteps;
}

/** Elements from one index to the next. */
export interface MatrixSteps {
  /** For each dimension of the batches; 0 where the operand is broadcast. */
  readonly batches: readonly number[];
  /** From a row of the first operand, or a column of the second, to the next. */
  readonly line: number;
  /** Along the sum. */
  readonly depth: number;
}

/** The walk by the shapes of the operands. */
export function matmulWalk(
  inputs: readonly Tensor[],
  output: Tensor,
  attributes: BatchMatmulAttributes,
): MatmulWalk {
  const { rows, columns, depth } = matmulExtents(attributes, { inputs });
  const batches = output.shape.slice(0, -2);
  const stepsOf = ({ shape }: Tensor, isLineInner: boolean): MatrixSteps => {
    const steps = strides(shape);
    const [outer, inner] = steps.slice(-2);
    const missing = output.shape.length - shape.length;
    return {
      batches: batches.map((_, i) => (shape[i - missing] ?? 1) === 1 ? 0 : steps[i - missing]),
      line: isLineInner ? inner : outer,
      depth: isLineInner ? outer : inner,
    };
  };
  return {
    batches,
    rows,
    columns,
    depth,
    x: stepsOf(inputs[0], attributes.adjX),
    w: stepsOf(inputs[1], !attributes.adjY),
  };
}
