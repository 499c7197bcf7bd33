import type { EngineOperator } from "../engine_operator.ts";
import { addDsp } from "../kernels/dsp/add_dsp.ts";
import { plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { quantizedAddition } from "../kernels/elementwise/quantized_addition.ts";
import { additionScalar } from "../kernels/scalar/addition_scalar.ts";
import { additionElements } from "../kernels/scalar/elements_scalar.ts";
import { ADDITIONS, prepareAddition } from "../reference/addition.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** `a + b`, with broadcasting. */
export const add: EngineOperator<"ADD"> = {
  reference: prepareAdd,
  kernels: [quantizedAddition, plainVectors],
  scalar: additionScalar,
  dsp: addDsp,
  portable: (layer) => additionElements(layer) ?? plainElements(layer),
};

function prepareAdd(operation: Operation<"ADD">): Kernel {
  return prepareAddition(operation, ADDITIONS.ADD);
}
