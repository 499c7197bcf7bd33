import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { wholeOf } from "../shape.ts";
import { expectShape, rankFault } from "../shape_faults.ts";

/** DYNAMIC_UPDATE_SLICE. */
export const dynamicUpdateSlice: OperatorDefinition<NoAttributes> = {
  description: "Replaces a box; inputs: data, the box, where it begins",
  optionTable: "DynamicUpdateSliceOptions",
  inputs: 3,
  access: { kind: "movement" },
  // All of the data; what the box is replaced by lies elsewhere.
  moves: (_, { inputs: [data], outputs: [output] }) => [
    { input: 0, output: 0, extents: data.shape, from: wholeOf(data), to: wholeOf(output) },
  ],
  check: (_, { inputs: [data, update, begin], outputs: [output] }) => {
    const rank = data.shape.length;
    const fault = rankFault("update", update, rank);
    if (fault !== null) return fault;
    if (begin.shape.length !== 1 || begin.shape[0] !== rank) {
      return `begin of shape [${begin.shape}], needed [${rank}]`;
    }
    if (update.shape.some((extent, i) => extent > data.shape[i])) {
      return `update of shape [${update.shape}] into shape [${data.shape}]`;
    }
    return expectShape(output, data.shape);
  },
};
