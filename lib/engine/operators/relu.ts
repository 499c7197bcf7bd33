import { multiplyByQuantizedMultiplier } from "../../model/fixed_point.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatFunction } from "../kernels/elementwise/float_functions.ts";
import { int16Rectifier } from "../kernels/elementwise/int16_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { clamp } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import {
  ACTIVATIONS,
  expectSameType,
  expectZeroPoint,
  integerRange,
  zeroPointOf,
} from "../reference/expect.ts";
import { rescaleFactor } from "../reference/factors.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `max(0, x)`, requantized. */
export const relu: EngineOperator<"RELU"> = {
  types: ACTIVATIONS,
  reference: prepareRelu,
  hasVectors: true,
  kernels: [byteFunction(prepareRelu), int16Rectifier, floatFunction],
  portable: byteFunctionElements(prepareRelu),
};

function prepareRelu({ inputs: [input], outputs: [output] }: Operation<"RELU">): ReferenceKernel {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise((x) => x < 0 ? 0 : x);
  if (dtype === "int16") {
    expectZeroPoint("input", input, 0);
    expectZeroPoint("output", output, 0);
  }
  const factor = rescaleFactor(input, output);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = { min: zeroOut, max: integerRange(dtype).max };
  return elementwise((x) =>
    clamp(zeroOut + multiplyByQuantizedMultiplier(x - zeroIn, factor), range)
  );
}
