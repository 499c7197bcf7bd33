import type { Value } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { apply } from "../../kernel/values.ts";
import type { ConstantPool } from "../constant_pool.ts";

/**
 * Looks 16 bytes up in a table of 256. The table is 16 vectors: a swizzle of each gives 0 for indices
 * that are not below 16, so that with 16 less from vector to vector one of them answers.
 */
export function prepareByteTable(
  pool: ConstantPool,
  { name, table }: { readonly name: string; readonly table: Uint8Array },
): (b: KernelBuilder, bytes: Value) => Value {
  const region = pool.place(name, table);
  const vector = (b: KernelBuilder, part: number) =>
    b.load("v128.load", { region, address: start(region, 16 * part) });
  return (b, bytes) => {
    const index = b.let("index", bytes);
    const result = b.let("result", apply("i8x16.swizzle", [vector(b, 0), index]));
    for (let part = 1; part < 16; part++) {
      b.set(index, apply("i8x16.sub", [index, pool.splat8(16)]));
      const found = apply("i8x16.swizzle", [vector(b, part), index]);
      b.set(result, apply("v128.or", [result, found]));
    }
    return result;
  };
}
