import type { EngineOperator } from "../engine_operator.ts";
import { plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { quantizedAddition } from "../kernels/elementwise/quantized_addition.ts";
import { additionElements } from "../kernels/scalar/elements_scalar.ts";
import { ADDITIONS, prepareAddition } from "../reference/addition.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** `a - b`, with broadcasting. */
export const sub: EngineOperator<"SUB"> = {
  reference: prepareSub,
  kernels: [quantizedAddition, plainVectors],
  portable: (layer) => additionElements(layer) ?? plainElements(layer),
};

function prepareSub(operation: Operation<"SUB">): Kernel {
  return prepareAddition(operation, ADDITIONS.SUB);
}
