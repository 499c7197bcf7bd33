import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** DEQUANTIZE. */
export const dequantize: OperatorDefinition<NoAttributes> = {
  description: "Quantized to real",
  optionTable: "DequantizeOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
