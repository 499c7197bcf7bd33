import type { EngineOperator } from "../engine_operator.ts";

/** Runs a subgraph unless its flag is set, and sets it. */
export const callOnce: EngineOperator<"CALL_ONCE"> = {
  reference: ({ attributes: { initSubgraphIndex } }) => (_, __, { state, run }) => {
    if (state[0] !== 0) return;
    run(initSubgraphIndex, []);
    state[0] = 1;
  },
  kernels: [],
};
