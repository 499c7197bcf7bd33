import type { Value } from "../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Elements } from "./element_loops.ts";
import { loadBytes } from "./load_bytes.ts";
import { beyond } from "./quantized_vectors.ts";
import { storeBytes } from "./store_bytes.ts";

/** Up to 16 elements of float32, four a vector. */
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

/** Stores up to 16 elements of float32. */
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
