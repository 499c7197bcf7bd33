import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatSigmoid } from "../kernels/elementwise/float_functions.ts";
import { int16Sigmoid } from "../kernels/elementwise/int16_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { elementwise } from "../reference/elementwise.ts";
import { ACTIVATIONS, expectSameType, expectZeroPoint, integerRange } from "../reference/expect.ts";
import { logisticOf, saturatingFunction } from "../reference/fixed_point_functions.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import {
  logisticFloat,
  logisticFromTable,
  tableInput,
  toTableScale,
} from "../reference/sigmoid.ts";

/** `1 / (1 + exp(-x))`. */
export const logistic: EngineOperator<"LOGISTIC"> = {
  types: ACTIVATIONS,
  reference: prepareLogistic,
  hasVectors: true,
  kernels: [byteFunction(prepareLogistic), int16Sigmoid, floatSigmoid],
  portable: byteFunctionElements(prepareLogistic),
};

function prepareLogistic(
  { inputs: [input], outputs: [output] }: Operation<"LOGISTIC">,
): ReferenceKernel {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise(logisticFloat);
  if (dtype === "int16") {
    const scale = tableInput({ input, output }, [0]);
    return elementwise((x) => logisticFromTable(toTableScale(x, scale)));
  }
  const zeroPoint = integerRange(dtype).min;
  expectZeroPoint("output", output, zeroPoint);
  return saturatingFunction({ input, output }, { compute: logisticOf, shift: 23, zeroPoint });
}
