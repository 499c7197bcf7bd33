import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";
import { noScope } from "../reference/prepare.ts";

/** A copy into the variable. */
export const assignVariable: EngineOperator<"ASSIGN_VARIABLE"> = {
  reference: () => ([, x], _, { state } = noScope) => copyBytes(x, state),
  kernels: [copyOperands],
};
