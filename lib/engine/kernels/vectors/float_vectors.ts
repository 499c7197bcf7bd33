import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Elements } from "../elementwise/element_loops.ts";
import { loadBytes, storeBytes } from "./bytes.ts";
import { beyond } from "./quantized_vectors.ts";

/** Up to 16 elements of float32, or other elements of four bytes, four a vector. */
export function loadFloats(b: KernelBuilder, at: Elements, count: number): Value[] {
  const parts = Array.from({ length: Math.ceil(count / 4) }, (_, part) => part);
  if (at.isStretched) {
    const x = b.let("x", b.load("v128.load32_splat", at));
    return parts.map(() => x);
  }
  return parts.map((part) => (
    b.let("x", loadBytes(b, beyond(at, part * 16), (count - part * 4) * 4))
  ));
}

/** Stores up to 16 elements of four bytes. */
export function storeFloats(
  b: KernelBuilder,
  { values, at, count }: {
    readonly values: readonly Value[];
    readonly at: At;
    readonly count: number;
  },
): void {
  // Everything is computed before anything is stored: the output may lie on the input.
  const results = values.map((value) => b.let("y", value));
  results.forEach((value, part) => {
    storeBytes(b, beyond(at, part * 16), value, (count - part * 4) * 4);
  });
}

/**
 * The numbers of `[min, max]` nearest to four of float32; NaN stays, and -0 where 0 is allowed.
 * `pmax` and `pmin` are one instruction each where `max` and `min` are eight.
 */
export function clampFloats(
  pool: ConstantPool,
  x: Value,
  { min, max }: { readonly min: number; readonly max: number },
): Value {
  return apply("f32x4.pmin", [
    apply("f32x4.pmax", [x, pool.splatF32(min)]),
    pool.splatF32(max),
  ]);
}
