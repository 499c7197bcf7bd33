import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatSigmoid } from "../kernels/elementwise/float_functions.ts";
import { int16Sigmoid } from "../kernels/elementwise/int16_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { elementwise } from "../reference/elementwise.ts";
import { ACTIVATIONS, expectSameType } from "../reference/expect.ts";
import { saturatingFunction, tanhOf } from "../reference/fixed_point_functions.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { tableInput, tanhFromTable, toTableScale } from "../reference/sigmoid.ts";

/** Hyperbolic tangent. */
export const tanh: EngineOperator<"TANH"> = {
  types: ACTIVATIONS,
  reference: prepareTanh,
  hasVectors: true,
  kernels: [byteFunction(prepareTanh), int16Sigmoid, floatSigmoid],
  portable: byteFunctionElements(prepareTanh),
};

function prepareTanh({ inputs: [input], outputs: [output] }: Operation<"TANH">): ReferenceKernel {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise(Math.tanh);
  if (dtype === "int16") {
    const scale = tableInput({ input, output }, [0, 1]);
    return elementwise((x) => tanhFromTable(toTableScale(x, scale)));
  }
  const zeroPoint = dtype === "uint8" ? 128 : 0;
  return saturatingFunction({ input, output }, { compute: tanhOf, shift: 24, zeroPoint });
}
