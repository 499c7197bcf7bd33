import type { EngineOperator } from "../engine_operator.ts";
import { globalPool } from "../kernels/pooling/global_pool.ts";
import { poolFloat32 } from "../kernels/pooling/pool_float32.ts";
import { poolInt8 } from "../kernels/pooling/pool_int8.ts";
import { globalPoolScalar } from "../kernels/scalar/global_pool_scalar.ts";
import { poolScalar } from "../kernels/scalar/pool_scalar.ts";
import { clamp, outputRange } from "../reference/clamp.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { poolWindows } from "../reference/windows.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/** Mean of every window, without padding; integers: halves away from zero. */
export const averagePool2d: EngineOperator<"AVERAGE_POOL_2D"> = {
  types: ACTIVATIONS,
  reference: prepareAveragePool2d,
  hasVectors: true,
  kernels: [globalPool, poolInt8, poolFloat32, poolScalar],
  scalar: poolScalar,
  portable: globalPoolScalar,
};

function prepareAveragePool2d(operation: Operation<"AVERAGE_POOL_2D">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const range = outputRange(attributes.activation, output);
  return poolWindows({ input, output }, attributes, (window) => {
    const count = window.length;
    if (input.dtype === "float32") {
      const sum = window.reduce((total, x) => Math.fround(total + x), 0);
      return clamp(Math.fround(sum / count), range);
    }
    const sum = window.reduce((total, x) => total + x, 0);
    const half = Math.floor(count / 2);
    return clamp(Math.trunc((sum > 0 ? sum + half : sum - half) / count), range);
  });
}
