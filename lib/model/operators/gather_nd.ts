import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape } from "../shape_faults.ts";

/** GATHER_ND. */
export const gatherNd: OperatorDefinition<NoAttributes> = {
  description: "Slices by indices of several dimensions; inputs: data, indices",
  optionTable: "GatherNdOptions",
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [data, indices], outputs: [output] }) => {
    const depth = indices.shape.at(-1);
    if (depth === undefined || data.shape.length === 0 || depth > data.shape.length) {
      return `indices of shape [${indices.shape}] into data of shape [${data.shape}]`;
    }
    // Without it nothing is known of the output's dimensions.
    if (Number.isNaN(depth)) return null;
    return expectShape(output, [...indices.shape.slice(0, -1), ...data.shape.slice(depth)]);
  },
};
