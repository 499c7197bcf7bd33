import {
  type TransposeConvAttributes,
  transposedPadding,
} from "../../model/operators/transpose_conv.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { OperandTypes, WeightedOperation } from "./arithmetic.ts";
import type { Tap } from "./windows.ts";

/** The tensors of a TRANSPOSE_CONV that are computed with. */
export interface TransposedTensors {
  readonly filter: Tensor;
  readonly input: Tensor;
  readonly bias: Tensor | undefined;
  readonly output: Tensor;
}

/** What goes together in a TRANSPOSE_CONV. */
export const transposedTypes: OperandTypes = {
  weights: { float32: ["float32"], int8: ["int8"], int16: ["int8"] },
  bias: { float32: ["float32"], int8: ["int32"], int16: ["int16", "int64"] },
};

/** As an operation with weights: sums of int16 have 64 bits, whatever the attribute says. */
export function transposedOperation(
  { filter: weights, ...tensors }: TransposedTensors,
  { activation }: TransposeConvAttributes,
): WeightedOperation {
  return {
    ...tensors,
    weights,
    activation,
    channelAxis: 0,
    biasType: "int64",
    isFullyConnected: false,
  };
}

/**
 * For every row and column of the output the input's whose windows reach it, in rising order, and by
 * which tap: `y = stride x + tap - padding`.
 */
export function transposedTaps(
  { filter, input, output }: Pick<TransposedTensors, "filter" | "input" | "output">,
  attributes: TransposeConvAttributes,
): { readonly rows: readonly (readonly Tap[])[]; readonly columns: readonly (readonly Tap[])[] } {
  const { strideH, strideW } = attributes;
  const { top, left } = transposedPadding(attributes, { filter, output });
  const along = (dimension: number, stride: number, before: number) =>
    Array.from({ length: output.shape[dimension] }, (_, place) =>
      Array.from(
        { length: input.shape[dimension] },
        (_, at) => ({ at, tap: place + before - at * stride }),
      ).filter(({ tap }) => tap >= 0 && tap < filter.shape[dimension]));
  return { rows: along(1, strideH, top), columns: along(2, strideW, left) };
}
