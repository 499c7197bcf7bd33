import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectShape, rankFault } from "../shape_faults.ts";

/** BROADCAST_ARGS. */
export const broadcastArgs: OperatorDefinition<NoAttributes> = {
  description: "The common shape of two shapes that broadcast",
  optionTable: null,
  inputs: 2,
  access: { kind: "none" },
  check: (_, { inputs: [a, b], outputs: [output] }) =>
    rankFault("first shape", a, 1) ?? rankFault("second shape", b, 1) ??
      expectShape(output, [Math.max(elements(a.shape), elements(b.shape))]),
};
