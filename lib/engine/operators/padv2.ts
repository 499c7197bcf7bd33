import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { expectSameType, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { padKernel, preparePadding } from "./pad.ts";

/** Surrounds the input with a value that is quantized as the output is; without one as PAD does. */
export const padv2: EngineOperator<"PADV2"> = {
  types: ["float32", "int8", "int16", "int32"],
  reference: preparePadv2,
  hasVectors: true,
  kernels: [padKernel],
};

function preparePadv2(operation: Operation<"PADV2">): ReferenceKernel {
  const { inputs: [input, , value], outputs: [output] } = operation;
  const present = value === undefined ? [] : [value];
  const types = ["float32", "int8", "int16", "int32"] as const;
  const dtype = expectSameType([input, output, ...present], types);
  if (dtype === "int8" && value !== undefined) {
    const isSame = scaleOf(value) === scaleOf(output) && zeroPointOf(value) === zeroPointOf(output);
    if (!isSame) throw new EngineError("a value that is not quantized as the output is");
  }
  return preparePadding(operation);
}
