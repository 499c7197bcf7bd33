import { throwIfStopped } from "../../host.ts";
import { elements, position } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { matmulVectors } from "../kernels/products/matmul_vectors.ts";
import { matmulScalar } from "../kernels/scalar/matmul_scalar.ts";
import { weightArithmetic } from "../reference/arithmetic.ts";
import { mapIndices } from "../reference/indices.ts";
import { matmulOperation, matmulTypes, matmulWalk } from "../reference/matmul_operation.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `y[.., i, j] = sum over k of x[.., i, k] w[.., k, j]`, the dimensions before broadcast. */
export const batchMatmul: EngineOperator<"BATCH_MATMUL"> = {
  types: ["float32", "int8", "int16"],
  reference: prepareBatchMatmul,
  hasVectors: true,
  kernels: [matmulVectors, matmulScalar],
};

/** Dimensions that TensorFlow Lite Micro takes at most. */
const MOST_DIMENSIONS = 5;

function prepareBatchMatmul(
  { attributes, inputs, outputs: [output] }: Operation<"BATCH_MATMUL">,
): ReferenceKernel {
  const large = inputs.find(({ shape }) => shape.length > MOST_DIMENSIONS);
  if (large !== undefined) {
    throw new EngineError(
      `operand of ${large.shape.length} dimensions, needed at most ${MOST_DIMENSIONS}`,
    );
  }
  const { multiplyAdd, finish } = weightArithmetic(matmulOperation(inputs, output), matmulTypes);
  const { batches, rows, columns, depth, x: from, w: by } = matmulWalk(inputs, output, attributes);
  const starts = [from, by].map((steps) =>
    mapIndices(batches, (index) => position(index, steps.batches))
  );
  const isFloat = output.dtype === "float32";
  const count = elements(batches);
  return ([x, w], [y]) => {
    let at = 0;
    for (let n = 0; n < count; n++) {
      for (let i = 0; i < rows; i++) {
        throwIfStopped();
        for (let j = 0; j < columns; j++) {
          const [left, right] = [starts[0][n] + i * from.line, starts[1][n] + j * by.line];
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum = multiplyAdd(sum, x[left + k * from.depth], w[right + k * by.depth]);
          }
          // A product of matrices has no activation, which would clamp infinity.
          y[at++] = isFloat ? sum : finish(sum, 0, 0);
        }
      }
    }
  };
}
