import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatFunction } from "../kernels/elementwise/float_functions.ts";
import { int16Rectifier } from "../kernels/elementwise/int16_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { clamp, outputRange } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import { ACTIVATIONS, expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * `min(6, max(0, x))`. Integers are clamped, never requantized, to what 0 and 6 are in the input's
 * quantization, as TFLM's kernel does even where the output's differs.
 */
export const relu6: EngineOperator<"RELU6"> = {
  types: ACTIVATIONS,
  reference: prepareRelu6,
  hasVectors: true,
  kernels: [byteFunction(prepareRelu6), int16Rectifier, floatFunction],
  portable: byteFunctionElements(prepareRelu6),
};

function prepareRelu6({ inputs: [input], outputs: [output] }: Operation<"RELU6">): ReferenceKernel {
  expectSameType([input, output], ACTIVATIONS);
  const range = outputRange("RELU6", input);
  return elementwise((x) => clamp(x, range));
}
