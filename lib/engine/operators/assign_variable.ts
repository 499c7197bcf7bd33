import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";
import { expectType, MOVABLE } from "../reference/expect.ts";
import { noScope } from "../reference/prepare.ts";

/** A copy into the variable. */
export const assignVariable: EngineOperator<"ASSIGN_VARIABLE"> = {
  types: MOVABLE,
  dataInput: 1,
  reference: ({ inputs: [, data] }) => {
    expectType("data", data, MOVABLE);
    return ([, x], _, { state } = noScope) => copyBytes(x, state);
  },
  hasVectors: true,
  kernels: [copyOperands],
};
