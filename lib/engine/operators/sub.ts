import type { EngineOperator } from "../engine_operator.ts";
import { plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { quantizedAddition } from "../kernels/elementwise/quantized_addition.ts";
import { additionElements } from "../kernels/scalar/elements_scalar.ts";
import { ADDITIONS, prepareAddition } from "../reference/addition.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/** `a - b`, with broadcasting. */
export const sub: EngineOperator<"SUB"> = {
  types: [...ACTIVATIONS, "int32"],
  reference: prepareSub,
  hasVectors: true,
  kernels: [quantizedAddition, plainVectors],
  portable: (layer) => additionElements(layer) ?? plainElements(layer),
};

function prepareSub(operation: Operation<"SUB">): ReferenceKernel {
  return prepareAddition(operation, ADDITIONS.SUB);
}
