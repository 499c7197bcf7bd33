import type { NoAttributes } from "../../attributes.ts";
import type { OperatorDefinition } from "../../operator_definition.ts";
import { rankFault, sameShapeFault } from "../../shape_faults.ts";

/** SignalFilterBankSquareRoot. */
export const signalFilterBankSquareRoot: OperatorDefinition<NoAttributes> = {
  description: "Square roots, shifted down; inputs: uint64 values, bits to shift by",
  optionTable: null,
  customOptions: {},
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) =>
    rankFault("input", operands.inputs[0], 1) ?? rankFault("bits", operands.inputs[1], 0) ??
      sameShapeFault(operands),
};
