import type { Value } from "../../codegen/kernel/kernel.ts";
import { apply } from "../../codegen/kernel/values.ts";
import type { ConstantPool } from "../constant_pool.ts";

/** Four floats within a range; NaN stays NaN. */
export function clampFloats(
  constants: ConstantPool,
  x: Value,
  { min, max }: { readonly min: number; readonly max: number },
): Value {
  const low = min === -Infinity ? x : apply("f32x4.pmax", [x, constants.splatF32(min)]);
  return max === Infinity ? low : apply("f32x4.pmin", [low, constants.splatF32(max)]);
}
