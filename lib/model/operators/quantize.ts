import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** QUANTIZE. */
export const quantize: OperatorDefinition<NoAttributes> = {
  description: "Real to quantized, or from one quantization to another",
  optionTable: "QuantizeOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
