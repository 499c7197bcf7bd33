import type { EngineOperator } from "../engine_operator.ts";
import { noScope } from "../reference/prepare.ts";

/** Runs a subgraph unless its flag is set, and sets it. */
export const callOnce: EngineOperator<"CALL_ONCE"> = {
  reference: ({ attributes: { initSubgraphIndex } }) => (_, __, { state, run } = noScope) => {
    if (state[0] !== 0) return;
    run(initSubgraphIndex, []);
    state[0] = 1;
  },
  kernels: [],
};
