import type { OperatorDefinition } from "../operator_definition.ts";

/**
 * Attributes of VAR_HANDLE: together they name a variable.
 *
 * @category Models
 */
export interface VarHandleAttributes {
  /** Where the name counts. */
  readonly container: string;
  /** The name. */
  readonly sharedName: string;
}

/** VAR_HANDLE. */
export const varHandle: OperatorDefinition<VarHandleAttributes> = {
  description: "Names a variable that lives from run to run",
  optionTable: "VarHandleOptions",
  inputs: 0,
  access: { kind: "none" },
  check: (_, { outputs: [{ dtype }] }) =>
    dtype === "resource" ? null : `output of type ${dtype}, needed resource`,
};
