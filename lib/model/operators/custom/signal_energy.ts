import type { OperatorDefinition } from "../../operator_definition.ts";
import { rankFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalEnergy.
 *
 * @category Models
 */
export interface SignalEnergyAttributes {
  /** First bin that is computed; those before it are 0. */
  readonly startIndex: number;
  /** The bin behind the last one that is computed. */
  readonly endIndex: number;
}

/** SignalEnergy. */
export const signalEnergy: OperatorDefinition<SignalEnergyAttributes> = {
  description: "Squared magnitudes of a spectrum's bins, pairs of real and imaginary part",
  optionTable: null,
  customOptions: {
    startIndex: { key: "start_index", kind: "int32" },
    endIndex: { key: "end_index", kind: "int32" },
  },
  inputs: 1,
  access: { kind: "none" },
  check: ({ startIndex, endIndex }, { inputs: [input], outputs: [output] }) => {
    const fault = rankFault("input", input, 1) ?? rankFault("output", output, 1);
    if (fault !== null) return fault;
    const bins = Math.min(Math.floor(input.shape[0] / 2), output.shape[0]);
    if (startIndex >= 0 && endIndex <= bins) return null;
    return `bins ${startIndex} to ${endIndex} of a spectrum of ${bins}`;
  },
};
