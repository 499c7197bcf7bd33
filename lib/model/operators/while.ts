import type { OperatorDefinition } from "../operator_definition.ts";
import { sizeBytes } from "../shape.ts";

/**
 * Attributes of WHILE.
 *
 * @category Models
 */
export interface WhileAttributes {
  /** The subgraph that says whether there is another turn. */
  readonly condSubgraphIndex: number;
  /** The subgraph of a turn. */
  readonly bodySubgraphIndex: number;
}

/** WHILE. */
export const whileOperator: OperatorDefinition<WhileAttributes> = {
  description: "Runs a subgraph on its own outputs as long as another says so",
  optionTable: "WhileOptions",
  inputs: 0,
  optionalInputs: Infinity,
  outputs: null,
  access: { kind: "none" },
  check: (_, { inputs, outputs }) => {
    if (inputs.length !== outputs.length) {
      return `${inputs.length} inputs and ${outputs.length} outputs, needed as many`;
    }
    const other = inputs.findIndex((input, i) => sizeBytes(input) !== sizeBytes(outputs[i]));
    if (other === -1) return null;
    return `input ${other} of ${sizeBytes(inputs[other])} bytes and output of ` +
      `${sizeBytes(outputs[other])}, needed as many`;
  },
};
