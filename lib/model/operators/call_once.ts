import type { OperatorDefinition } from "../operator_definition.ts";

/**
 * Attributes of CALL_ONCE.
 *
 * @category Models
 */
export interface CallOnceAttributes {
  /** The subgraph to run. */
  readonly initSubgraphIndex: number;
}

/** CALL_ONCE. */
export const callOnce: OperatorDefinition<CallOnceAttributes> = {
  description: "Runs a subgraph in the first run only",
  optionTable: "CallOnceOptions",
  inputs: 0,
  outputs: 0,
  access: { kind: "none" },
  check: () => null,
};
