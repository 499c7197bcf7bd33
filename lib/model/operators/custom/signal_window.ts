import type { OperatorDefinition } from "../../operator_definition.ts";
import { differ, rankFault, sameShapeFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalWindow.
 *
 * @category Models
 */
export interface SignalWindowAttributes {
  /** Bits by which products are shifted down. */
  readonly shift: number;
}

/** SignalWindow. */
export const signalWindow: OperatorDefinition<SignalWindowAttributes> = {
  description: "Weights every frame of samples, and saturates; inputs: samples, weights",
  optionTable: null,
  customOptions: { shift: { key: "shift", kind: "int32" } },
  inputs: 2,
  access: { kind: "none" },
  check: ({ shift }, operands) => {
    const { inputs: [input, weights] } = operands;
    if (shift < 0 || shift > 31) return `shift ${shift}, needed 0 to 31`;
    if (input.shape.length === 0) return "samples without dimensions";
    const fault = rankFault("weights", weights, 1) ?? sameShapeFault(operands);
    const last = input.shape[input.shape.length - 1];
    if (fault !== null || !differ(weights.shape[0], last)) return fault;
    return `${weights.shape[0]} weights for frames of ${last} samples`;
  },
};
