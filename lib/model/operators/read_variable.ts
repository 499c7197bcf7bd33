import type { OperatorDefinition } from "../operator_definition.ts";

/** READ_VARIABLE. */
export const readVariable: OperatorDefinition<Record<never, never>> = {
  description: "Copies a variable; input: its handle",
  optionTable: "ReadVariableOptions",
  inputs: 1,
  access: { kind: "none" },
  check: (_, { inputs: [{ dtype }] }) =>
    dtype === "resource" ? null : `input of type ${dtype}, needed resource`,
};
