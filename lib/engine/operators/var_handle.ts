import type { EngineOperator } from "../engine_operator.ts";

/** Which variable it is, is known before the run: there is nothing to do. */
export const varHandle: EngineOperator<"VAR_HANDLE"> = {
  reference: () => () => {},
  kernels: [],
};
