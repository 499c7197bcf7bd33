import type { EngineOperator } from "../engine_operator.ts";
import { poolFloat32 } from "../kernels/pooling/pool_float32.ts";
import { poolScalar } from "../kernels/scalar/pool_scalar.ts";
import { clamp, outputRange } from "../reference/clamp.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { poolWindows } from "../reference/windows.ts";

/** Root of the mean of squares of every window, without padding; float32 only. */
export const l2Pool2d: EngineOperator<"L2_POOL_2D"> = {
  types: ["float32"],
  reference: prepareL2Pool2d,
  hasVectors: true,
  kernels: [poolFloat32, poolScalar],
};

function prepareL2Pool2d(operation: Operation<"L2_POOL_2D">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], ["float32"]);
  const f = Math.fround;
  const range = outputRange(attributes.activation, output);
  return poolWindows({ input, output }, attributes, (window) => {
    const sum = window.reduce((total, x) => f(total + f(x * x)), 0);
    return clamp(f(Math.sqrt(f(sum / window.length))), range);
  });
}
