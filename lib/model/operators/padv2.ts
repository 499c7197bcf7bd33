import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectElements } from "../shape_faults.ts";
import { pad } from "./pad.ts";

/** PADV2. */
export const padv2: OperatorDefinition<NoAttributes> = {
  description: "Padding with a value; inputs: data, [rank, 2] before and after, the value",
  optionTable: "PadV2Options",
  inputs: 2,
  optionalInputs: 1,
  access: { kind: "movement" },
  moves: pad.moves,
  check: (attributes, operands) => {
    const [, , value] = operands.inputs;
    return pad.check(attributes, operands) ??
      (value == null ? null : expectElements(value, 1));
  },
};
