import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatSigmoid } from "../kernels/elementwise/float_functions.ts";
import { int16Sigmoid } from "../kernels/elementwise/int16_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { elementwise } from "../reference/elementwise.ts";
import { ACTIVATIONS, expectSameType, expectZeroPoint, rangeOf } from "../reference/expect.ts";
import { logisticOf, saturatingFunction } from "../reference/fixed_point_functions.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";
import { logisticFloat, sigmoidTable, tableInput, toTableScale } from "../reference/sigmoid.ts";

/** `1 / (1 + exp(-x))`. */
export const logistic: EngineOperator<"LOGISTIC"> = {
  reference: prepareLogistic,
  kernels: [byteFunction(prepareLogistic), int16Sigmoid, floatSigmoid],
  portable: byteFunctionElements(prepareLogistic),
};

function prepareLogistic({ inputs: [input], outputs: [output] }: Operation<"LOGISTIC">): Kernel {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise(logisticFloat);
  if (dtype === "int16") {
    const scale = tableInput({ input, output }, [0]);
    return elementwise((x) => fromTable(toTableScale(x, scale)));
  }
  const zeroPoint = rangeOf(dtype).min;
  expectZeroPoint("output", output, zeroPoint);
  return saturatingFunction({ input, output }, { compute: logisticOf, shift: 23, zeroPoint });
}

/** Interpolates with 9 bits, and rounds from 26 bits to 16; negative inputs by symmetry. */
function fromTable(x: number): number {
  const size = Math.abs(x);
  const i = size >> 9;
  const value = i >= 255
    ? 0x7fff << 10
    : (sigmoidTable[i] << 9) + (size & 511) * (sigmoidTable[i + 1] - sigmoidTable[i]);
  return (x >= 0 ? value + 512 : 2 ** 25 - value + 511) >> 10;
}
