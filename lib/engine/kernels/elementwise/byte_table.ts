import type { Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";

/** A function of bytes: of a vector of them, and of a single one (an i32 without sign). */
export interface ByteChange {
  readonly vector: (b: KernelBuilder, bytes: Value) => Value;
  readonly byte: (b: KernelBuilder, byte: Value) => Value;
}

/**
 * Looks bytes up in a table of 256. For vectors the table is 16 vectors: a swizzle of each gives 0 for
 * indices that are not below 16, so that with 16 less from vector to vector one of them answers.
 */
export function prepareByteTable(
  pool: ConstantPool,
  { name, table }: { readonly name: string; readonly table: Uint8Array },
): ByteChange {
  const region = pool.place(name, table);
  const vector = (b: KernelBuilder, part: number) =>
    b.load("v128.load", { region, address: start(region, 16 * part) });
  const byte = (b: KernelBuilder, x: Value) =>
    b.load("i32.load8_u", { region, address: x, isIndex: true });
  const lookUp = (b: KernelBuilder, bytes: Value) => {
    const index = b.let("index", bytes);
    const result = b.let("result", apply("i8x16.swizzle", [vector(b, 0), index]));
    for (let part = 1; part < 16; part++) {
      b.set(index, apply("i8x16.sub", [index, pool.splat8(16)]));
      const found = apply("i8x16.swizzle", [vector(b, part), index]);
      b.set(result, apply("v128.or", [result, found]));
    }
    return result;
  };
  return { vector: lookUp, byte };
}
