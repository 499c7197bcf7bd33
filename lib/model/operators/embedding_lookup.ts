import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, rankFault } from "../shape_faults.ts";

/** EMBEDDING_LOOKUP. */
export const embeddingLookup: OperatorDefinition<NoAttributes> = {
  description: "Rows of a table, by indices; inputs: indices, table",
  optionTable: null,
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [indices, table], outputs: [output] }) => {
    const fault = rankFault("indices", indices, 1);
    if (fault !== null) return fault;
    if (table.shape.length < 2) return `table of shape [${table.shape}], needed 2 dimensions`;
    return expectShape(output, [indices.shape[0], ...table.shape.slice(1)]);
  },
};
