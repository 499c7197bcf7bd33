import type { EngineOperator } from "../engine_operator.ts";
import { addDsp } from "../kernels/dsp/add_dsp.ts";
import { plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { quantizedAddition } from "../kernels/elementwise/quantized_addition.ts";
import { additionScalar } from "../kernels/scalar/addition_scalar.ts";
import { additionElements } from "../kernels/scalar/elements_scalar.ts";
import { ADDITIONS, prepareAddition } from "../reference/addition.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/** `a + b`, with broadcasting. */
export const add: EngineOperator<"ADD"> = {
  types: [...ACTIVATIONS, "int32"],
  reference: prepareAdd,
  hasVectors: true,
  kernels: [quantizedAddition, plainVectors],
  scalar: additionScalar,
  dsp: addDsp,
  portable: (layer) => additionElements(layer) ?? plainElements(layer),
};

function prepareAdd(operation: Operation<"ADD">): ReferenceKernel {
  return prepareAddition(operation, ADDITIONS.ADD);
}
