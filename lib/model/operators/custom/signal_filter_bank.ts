import type { OperatorDefinition } from "../../operator_definition.ts";
import { elements } from "../../shape.ts";
import { expectShape, rankFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalFilterBank.
 *
 * @category Models
 */
export interface SignalFilterBankAttributes {
  /** Channels of the bank. */
  readonly numChannels: number;
}

/** SignalFilterBank. */
export const signalFilterBank: OperatorDefinition<SignalFilterBankAttributes> = {
  description:
    "Sums energies by triangles; inputs: energies, 2 weights, starts, their weights, widths",
  optionTable: null,
  customOptions: { numChannels: { key: "num_channels", kind: "int32" } },
  inputs: 6,
  access: { kind: "none" },
  check: ({ numChannels }, { inputs, outputs: [output] }) => {
    for (const input of inputs) {
      const fault = rankFault("input", input, 1);
      if (fault !== null) return fault;
    }
    if (numChannels < 1) return `${numChannels} channels`;
    const short = inputs.slice(3).find((table) => elements(table.shape) < numChannels + 1);
    if (short !== undefined) {
      return `a table of ${short.shape[0]} for ${numChannels} channels, needed ${numChannels + 1}`;
    }
    return expectShape(output, [numChannels]);
  },
};
