import { apply } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** True where x is false. */
export const logicalNot: EngineOperator<"LOGICAL_NOT"> = {
  types: ["bool"],
  reference: prepareLogicalNot,
  kernels: [(layer) =>
    elementwiseKernel(layer, {
      kernel: "logical_not bool",
      operands: 1,
      lanes: 1,
      work: (b, { inputs: [place], output: at }) => {
        b.store("i32.store8", at, apply("i32.eqz", [b.load("i32.load8_u", place)]));
      },
    })],
};

function prepareLogicalNot(
  { inputs: [input], outputs: [output] }: Operation<"LOGICAL_NOT">,
): ReferenceKernel {
  expectSameType([input, output], ["bool"]);
  return elementwise((x) => x === 0 ? 1 : 0);
}
