import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";
import { expectType, MOVABLE } from "../reference/expect.ts";
import { noScope } from "../reference/prepare.ts";

/** A copy of the variable. */
export const readVariable: EngineOperator<"READ_VARIABLE"> = {
  types: MOVABLE,
  dataInput: null,
  reference: ({ outputs: [output] }) => {
    expectType("output", output, MOVABLE);
    return (_, [y], { state } = noScope) => copyBytes(state, y);
  },
  hasVectors: true,
  kernels: [copyOperands],
};
