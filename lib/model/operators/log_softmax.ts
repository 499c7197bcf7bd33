import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** LOG_SOFTMAX. */
export const logSoftmax: OperatorDefinition<NoAttributes> = {
  description: "Logarithm of softmax over the last dimension",
  optionTable: "LogSoftmaxOptions",
  inputs: 1,
  access: { kind: "rows" },
  check: (_, operands) => sameShapeFault(operands),
};
