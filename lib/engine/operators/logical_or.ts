import type { EngineOperator } from "../engine_operator.ts";
import { logicalElements } from "../kernels/elementwise/logical_elements.ts";
import { elementwiseOfTwo } from "../reference/elementwise.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `a || b`, with broadcasting. */
export const logicalOr: EngineOperator<"LOGICAL_OR"> = {
  types: ["bool"],
  reference: prepare,
  kernels: [logicalElements],
};

function prepare(operation: Operation<"LOGICAL_OR">): ReferenceKernel {
  expectSameType([...operation.inputs, ...operation.outputs], ["bool"]);
  return elementwiseOfTwo(operation, (a, b) => Number(a !== 0 || b !== 0));
}
