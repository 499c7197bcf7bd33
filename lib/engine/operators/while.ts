import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";

/** Its outputs begin as its inputs, and go through the body as long as the condition holds of them. */
export const whileOperator: EngineOperator<"WHILE"> = {
  reference:
    ({ attributes: { condSubgraphIndex, bodySubgraphIndex } }) => (given, held, { run }) => {
      given.forEach((values, i) => copyBytes(values, held[i]));
      while (run(condSubgraphIndex, held)[0][0] !== 0) {
        run(bodySubgraphIndex, held).forEach((result, i) => copyBytes(result, held[i]));
      }
    },
  kernels: [copyOperands],
};
