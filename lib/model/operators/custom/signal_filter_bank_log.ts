import type { OperatorDefinition } from "../../operator_definition.ts";
import { rankFault, sameShapeFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalFilterBankLog.
 *
 * @category Models
 */
export interface SignalFilterBankLogAttributes {
  /** Bits by which the input is shifted up first. */
  readonly inputCorrectionBits: number;
  /** What natural logarithms are multiplied by. */
  readonly outputScale: number;
}

/** SignalFilterBankLog. */
export const signalFilterBankLog: OperatorDefinition<SignalFilterBankLogAttributes> = {
  description: "Natural logarithms in fixed point, times a scale, as int16",
  optionTable: null,
  customOptions: {
    inputCorrectionBits: { key: "input_correction_bits", kind: "int32" },
    outputScale: { key: "output_scale", kind: "int32" },
  },
  inputs: 1,
  access: { kind: "none" },
  check: ({ inputCorrectionBits: bits }, operands) => {
    if (bits < 0 || bits > 31) return `correction by ${bits} bits, needed 0 to 31`;
    return rankFault("input", operands.inputs[0], 1) ?? sameShapeFault(operands);
  },
};
