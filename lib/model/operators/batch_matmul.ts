import type { Operands, OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { broadcast, differ, expectShape } from "../shape_faults.ts";

/**
 * Attributes of BATCH_MATMUL.
 *
 * @category Models
 */
export interface BatchMatmulAttributes {
  /** The first operand's matrices are transposed. */
  readonly adjX: boolean;
  /** The second operand's matrices are transposed. */
  readonly adjY: boolean;
  /** Weights-only quantization: quantize the first operand asymmetrically at run time. */
  readonly asymmetricQuantizeInputs: boolean;
}

/** BATCH_MATMUL. */
export const batchMatmul: OperatorDefinition<BatchMatmulAttributes> = {
  description: "Products of matrices along the last two dimensions, the others broadcast",
  optionTable: "BatchMatMulOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (attributes, operands) => {
    const { inputs, outputs: [output] } = operands;
    const flat = inputs.find(({ shape }) => shape.length < 2);
    if (flat !== undefined) return `an operand of shape [${flat.shape}], needed 2 dimensions`;
    const { rows, depth, columns, otherDepth } = matmulExtents(attributes, operands);
    const batches = broadcast(inputs[0].shape.slice(0, -2), inputs[1].shape.slice(0, -2));
    if (differ(depth, otherDepth) || batches === null) {
      return `operands of shapes [${inputs[0].shape}] and [${inputs[1].shape}]`;
    }
    return expectShape(output, [...batches, rows, columns]);
  },
  macs: (attributes, operands) =>
    elements(operands.outputs[0].shape) * matmulExtents(attributes, operands).depth,
};

/** Rows of the first operand's matrices, columns of the second's, and what each has between. */
export function matmulExtents(
  { adjX, adjY }: BatchMatmulAttributes,
  { inputs }: Pick<Operands, "inputs">,
): Readonly<Record<"rows" | "depth" | "columns" | "otherDepth", number>> {
  const [[rows, depth], [otherDepth, columns]] = [adjX, adjY].map((isTransposed, i) => {
    const [outer, inner] = inputs[i].shape.slice(-2);
    return isTransposed ? [inner, outer] : [outer, inner];
  });
  return { rows, depth, columns, otherDepth };
}
