import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, known } from "../shape_faults.ts";

/** BROADCAST_TO. */
export const broadcastTo: OperatorDefinition<NoAttributes> = {
  description: "Stretches extents of 1 to a shape; inputs: data, shape",
  optionTable: "BroadcastToOptions",
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [data, shape], outputs: [output] }) => {
    const missing = output.shape.length - data.shape.length;
    const fits = data.shape.every((extent, i) =>
      extent === 1 || extent === output.shape[missing + i]
    );
    if (missing < 0 || !fits) return `[${data.shape}] does not broadcast to [${output.shape}]`;
    const list = known(shape);
    return list === null ? null : expectShape(output, list);
  },
};
