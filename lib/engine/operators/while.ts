import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";
import { noScope } from "../reference/prepare.ts";

/** Its outputs begin as its inputs, and go through the body as long as the condition holds of them. */
export const whileOperator: EngineOperator<"WHILE"> = {
  reference:
    ({ attributes: { condSubgraphIndex, bodySubgraphIndex } }) =>
    (given, held, { run } = noScope) => {
      given.forEach((values, i) => copyBytes(values, held[i]));
      while (run(condSubgraphIndex, held)[0][0] !== 0) {
        run(bodySubgraphIndex, held).forEach((result, i) => copyBytes(result, held[i]));
      }
    },
  kernels: [copyOperands],
};
