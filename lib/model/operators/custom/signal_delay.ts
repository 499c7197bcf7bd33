import type { OperatorDefinition } from "../../operator_definition.ts";
import { elements } from "../../shape.ts";
import { sameShapeFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalDelay.
 *
 * @category Models
 */
export interface SignalDelayAttributes {
  /** Samples by which every row is delayed. */
  readonly delayLength: number;
}

/** SignalDelay. */
export const signalDelay: OperatorDefinition<SignalDelayAttributes> = {
  description: "Delays every row of samples; zeros come out first",
  optionTable: null,
  customOptions: { delayLength: { key: "delay_length", kind: "int32" } },
  inputs: 1,
  access: { kind: "none" },
  check: ({ delayLength }, operands) => {
    const { inputs: [{ shape }] } = operands;
    if (delayLength < 0) return `delay by ${delayLength} samples`;
    if (shape.length === 0 || shape[shape.length - 1] === 0) {
      return `samples of shape [${shape}], needed rows of samples`;
    }
    return sameShapeFault(operands);
  },
  keptBytes: ({ delayLength }, { inputs: [{ shape }] }) =>
    2 * delayLength * elements(shape.slice(0, -1)),
};
