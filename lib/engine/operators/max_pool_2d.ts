import type { EngineOperator } from "../engine_operator.ts";
import { poolFloat32 } from "../kernels/pooling/pool_float32.ts";
import { poolInt8 } from "../kernels/pooling/pool_int8.ts";
import { poolScalar } from "../kernels/scalar/pool_scalar.ts";
import { clamp, outputRange } from "../reference/clamp.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { poolWindows } from "../reference/windows.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/** Largest element of every window, without padding. */
export const maxPool2d: EngineOperator<"MAX_POOL_2D"> = {
  types: ACTIVATIONS,
  reference: prepareMaxPool2d,
  hasVectors: true,
  kernels: [poolInt8, poolFloat32, poolScalar],
  scalar: poolScalar,
};

function prepareMaxPool2d(operation: Operation<"MAX_POOL_2D">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const range = outputRange(attributes.activation, output);
  return poolWindows(
    { input, output },
    attributes,
    (window) => clamp(window.reduce((most, x) => Math.max(most, x), -Infinity), range),
  );
}
