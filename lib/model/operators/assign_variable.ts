import type { OperatorDefinition } from "../operator_definition.ts";

/** ASSIGN_VARIABLE. */
export const assignVariable: OperatorDefinition<Record<never, never>> = {
  description: "Copies into a variable; inputs: its handle, data",
  optionTable: "AssignVariableOptions",
  inputs: 2,
  outputs: 0,
  access: { kind: "none" },
  check: (_, { inputs: [{ dtype }] }) =>
    dtype === "resource" ? null : `first input of type ${dtype}, needed resource`,
};
