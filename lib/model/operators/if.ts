import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ } from "../shape_faults.ts";

/**
 * Attributes of IF.
 *
 * @category Models
 */
export interface IfAttributes {
  /** The subgraph to run where the condition holds. */
  readonly thenSubgraphIndex: number;
  /** The subgraph to run where it does not. */
  readonly elseSubgraphIndex: number;
}

/** IF. */
export const ifOperator: OperatorDefinition<IfAttributes> = {
  description: "Runs one of two subgraphs; inputs: condition, and theirs",
  optionTable: "IfOptions",
  inputs: 1,
  optionalInputs: Infinity,
  outputs: null,
  access: { kind: "none" },
  check: (_, { inputs: [{ shape }] }) =>
    differ(elements(shape), 1) ? `condition of shape [${shape}], needed one element` : null,
};
