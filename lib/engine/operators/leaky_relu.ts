import { multiplyByQuantizedMultiplier } from "../../model/fixed_point.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatFunction } from "../kernels/elementwise/float_functions.ts";
import { int16Rectifier } from "../kernels/elementwise/int16_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { clamp } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import { ACTIVATIONS, expectSameType, integerRange, zeroPointOf } from "../reference/expect.ts";
import { rescaleFactor, slopeOf } from "../reference/factors.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `x` for x >= 0, else `alpha * x`; requantized with a factor for either side. */
export const leakyRelu: EngineOperator<"LEAKY_RELU"> = {
  types: ACTIVATIONS,
  reference: prepareLeakyRelu,
  hasVectors: true,
  kernels: [byteFunction(prepareLeakyRelu), int16Rectifier, floatFunction],
  portable: byteFunctionElements(prepareLeakyRelu),
};

function prepareLeakyRelu(operation: Operation<"LEAKY_RELU">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const alpha = Math.fround(attributes.alpha);
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise((x) => x > 0 ? x : x * alpha);
  const factor = rescaleFactor(input, output);
  const { slopeFactor, sign } = slopeOf({ input, output }, attributes);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = integerRange(dtype);
  return elementwise((x) => {
    const centred = x - zeroIn;
    const scaled = centred >= 0
      ? multiplyByQuantizedMultiplier(centred, factor)
      : sign * multiplyByQuantizedMultiplier(centred, slopeFactor);
    return clamp(zeroOut + scaled, range);
  });
}
