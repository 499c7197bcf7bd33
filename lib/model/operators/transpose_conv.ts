import type { StrideAttributes } from "../attributes.ts";
import type { Dtype } from "../dtype.ts";
import type { Operands, OperatorDefinition, RowReads } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectShape, known, rankFault } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";
import { MOST_ROWS } from "./resize_nearest_neighbor.ts";
import { windowExtent } from "../window.ts";
import { biasFault } from "../window_faults.ts";

/**
 * Attributes of TRANSPOSE_CONV.
 *
 * @category Models
 */
export interface TransposeConvAttributes extends StrideAttributes {
  /** Type of bias and accumulator; "float32", the schema's default, means unset. */
  readonly quantizedBiasType: Dtype;
}

type Inputs = readonly [shape: Tensor, filter: Tensor, input: Tensor, bias?: Tensor | null];

/** TRANSPOSE_CONV. */
export const transposeConv: OperatorDefinition<TransposeConvAttributes, Inputs> = {
  description:
    "Convolution's transpose; inputs: output's shape, filter OHWI, data NHWC, bias or -1",
  optionTable: "TransposeConvOptions",
  inputs: 3,
  optionalInputs: 1,
  access: { kind: "none" },
  rows: reachedRows,
  check: shapeFault,
  // Every input pixel is multiplied by the whole filter; products that fall outside are counted.
  macs: (_, { inputs: [, filter, input] }) => {
    const [filters, height, width] = filter.shape;
    return elements(input.shape) * filters * height * width;
  },
};

function shapeFault(
  { strideH, strideW }: TransposeConvAttributes,
  { inputs: [shape, filter, input, bias], outputs: [output] }: Operands<Inputs>,
): string | null {
  for (const [what, tensor] of Object.entries({ filter, input, output })) {
    const fault = rankFault(what, tensor, 4);
    if (fault !== null) return fault;
  }
  const [filters, height, width, depth] = filter.shape;
  const bad = [strideH, strideW, height, width].find((extent) => extent < 1);
  if (bad !== undefined) return `a stride or window extent of ${bad}, needed at least 1`;
  if (differ(input.shape[3], depth)) {
    return `filter [${filter.shape}] on an input of ${input.shape[3]} channels`;
  }
  const [, rows, columns] = output.shape;
  const needed = known(shape) ?? [input.shape[0], rows, columns, filters];
  return expectShape(output, needed) ??
    expectShape(output, [input.shape[0], rows, columns, filters]) ?? biasFault(bias, filters);
}

/** The rows of the input whose windows reach each row of the output. */
function reachedRows(
  attributes: TransposeConvAttributes,
  { inputs: [, filter, input], outputs: [output] }: Operands<Inputs>,
): RowReads | null {
  const { top } = transposedPadding(attributes, { filter, output });
  const [, height] = input.shape;
  const [, taps] = filter.shape;
  if (output.shape[1] > MOST_ROWS) return null;
  const rows = Array.from({ length: output.shape[1] }, (_, row) => {
    const first = Math.max(0, Math.ceil((row + top - taps + 1) / attributes.strideH));
    const until = Math.min(height, Math.floor((row + top) / attributes.strideH) + 1);
    return [first, Math.max(first, until)] as const;
  });
  return { input: 2, rows };
}

/**
 * Rows and columns of the output before the first input pixel's window: the padding of the
 * convolution that this is the transpose of, which reads the output and gives the input.
 */
export function transposedPadding(
  { padding, strideH, strideW }: TransposeConvAttributes,
  { filter, output }: { readonly filter: Tensor; readonly output: Tensor },
): { readonly top: number; readonly left: number } {
  const before = (dimension: number, stride: number) =>
    windowExtent({
      input: output.shape[dimension],
      filter: filter.shape[dimension],
      stride,
      dilation: 1,
      padding,
    }).before;
  return { top: before(1, strideH), left: before(2, strideW) };
}
