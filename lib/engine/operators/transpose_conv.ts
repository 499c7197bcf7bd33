import { throwIfStopped } from "../../host.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { transposeConvScalar } from "../kernels/convolution/transpose_conv_scalar.ts";
import { transposeConvVectors } from "../kernels/convolution/transpose_conv_vectors.ts";
import { weightArithmetic } from "../reference/arithmetic.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import {
  transposedOperation,
  transposedTaps,
  transposedTypes,
} from "../reference/transposed_windows.ts";

/**
 * `y[n, s i + p - top, s j + q - left, o] += sum over c of x[n, i, j, c] w[o, p, q, c]`: every input
 * pixel spreads over a window of the output. Here each output pixel collects what reaches it, the
 * input's pixels in rising order, which is the order in which TensorFlow Lite Micro spreads them.
 */
export const transposeConv: EngineOperator<"TRANSPOSE_CONV"> = {
  types: ["float32", "int8", "int16"],
  dataInput: 2,
  reference: prepareTransposeConv,
  hasVectors: true,
  kernels: [transposeConvVectors, transposeConvScalar],
};

function prepareTransposeConv(
  { attributes, inputs, outputs: [output] }: Operation<"TRANSPOSE_CONV">,
): ReferenceKernel {
  const [, filter, input] = inputs;
  const tensors = { filter, input, bias: inputs.at(3), output };
  const operation = transposedOperation(tensors, attributes);
  const { multiplyAdd, finish } = weightArithmetic(operation, transposedTypes);
  const { rows, columns } = transposedTaps(tensors, attributes);
  const [batches, height, width, depth] = input.shape;
  const [filters, filterH, filterW] = filter.shape;
  return ([, w, x, b], [y]) => {
    let at = 0;
    for (let n = 0; n < batches; n++) {
      for (const row of rows) {
        throwIfStopped();
        for (const column of columns) {
          for (let o = 0; o < filters; o++) {
            let sum = 0;
            for (const p of row) {
              for (const q of column) {
                const pixel = ((n * height + p.at) * width + q.at) * depth;
                const weight = ((o * filterH + p.tap) * filterW + q.tap) * depth;
                for (let c = 0; c < depth; c++) sum = multiplyAdd(sum, x[pixel + c], w[weight + c]);
              }
            }
            y[at++] = finish(sum, tensors.bias === undefined ? 0 : b[o], o);
          }
        }
      }
    }
  };
}
