import type { NoAttributes } from "../../attributes.ts";
import type { OperatorDefinition } from "../../operator_definition.ts";

/** TFLM_DECODE. */
export const tflmDecode: OperatorDefinition<NoAttributes> = {
  description: "Decompresses constants; inputs: for every output its code, and how to read it",
  optionTable: null,
  customOptions: {},
  inputs: 2,
  optionalInputs: Infinity,
  outputs: null,
  access: { kind: "none" },
  check: (_, { inputs, outputs }) => {
    if (outputs.length > 0 && inputs.length === 2 * outputs.length) return null;
    return `${inputs.length} inputs for ${outputs.length} outputs, needed two for each`;
  },
};
