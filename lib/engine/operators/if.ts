import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";
import { expectType } from "../reference/expect.ts";
import { noScope } from "../reference/prepare.ts";

/** Runs one subgraph or the other on what follows the condition. */
export const ifOperator: EngineOperator<"IF"> = {
  types: ["bool"],
  reference: ({ attributes: { thenSubgraphIndex, elseSubgraphIndex }, inputs: [condition] }) => {
    expectType("condition", condition, ["bool"]);
    return ([holds, ...given], taken, { run } = noScope) => {
      const results = run(holds[0] !== 0 ? thenSubgraphIndex : elseSubgraphIndex, given);
      results.forEach((result, i) => copyBytes(result, taken[i]));
    };
  },
  hasVectors: true,
  kernels: [copyOperands],
};
