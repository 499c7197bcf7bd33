import type { NoAttributes } from "../../attributes.ts";
import type { OperatorDefinition } from "../../operator_definition.ts";
import { rankFault } from "../../shape_faults.ts";

/** SignalFftAutoScale. */
export const signalFftAutoScale: OperatorDefinition<NoAttributes> = {
  description: "Shifts samples up as far as the largest allows; outputs: samples, bits shifted",
  optionTable: null,
  customOptions: {},
  inputs: 1,
  outputs: 2,
  access: { kind: "none" },
  check: (_, { inputs: [input], outputs: [output, bits] }) => {
    const fault = rankFault("input", input, 1) ?? rankFault("output", output, 1) ??
      rankFault("bits", bits, 0);
    if (fault !== null || output.shape[0] <= input.shape[0]) return fault;
    return `${output.shape[0]} elements of ${input.shape[0]}`;
  },
};
