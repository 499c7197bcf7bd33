import type { EngineOperator } from "../engine_operator.ts";
import { copyOperands } from "../kernels/movement/copy_operands.ts";
import { copyBytes } from "../reference/bytes.ts";
import { expectType, MOVABLE } from "../reference/expect.ts";
import { noScope, type Operation, type ReferenceKernel } from "../reference/prepare.ts";

const TYPES = [...MOVABLE, "resource"] as const;

/** Its outputs begin as its inputs, and go through the body as long as the condition holds of them. */
export const whileOperator: EngineOperator<"WHILE"> = {
  types: TYPES,
  reference: prepareWhile,
  hasVectors: true,
  kernels: [copyOperands],
};

function prepareWhile({ attributes, inputs }: Operation<"WHILE">): ReferenceKernel {
  const { condSubgraphIndex, bodySubgraphIndex } = attributes;
  for (const input of inputs) expectType(`input "${input.name}"`, input, TYPES);
  return (given, held, { run } = noScope) => {
    given.forEach((values, i) => copyBytes(values, held[i]));
    while (run(condSubgraphIndex, held)[0][0] !== 0) {
      run(bodySubgraphIndex, held).forEach((result, i) => copyBytes(result, held[i]));
    }
  };
}
