import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, asValue, choose, constant, type Operand } from "../../../kernel/values.ts";

/** Left shift on int32, saturating, by less than 32 bits. */
export function shiftLeft(b: KernelBuilder, x: Value, bits: Operand): Value {
  const wide = apply("i64.extend_i32_s", [x]);
  const by = apply("i64.extend_i32_u", [asValue(bits)]);
  const value = b.let("wide", apply("i64.shl", [wide, by]));
  const [min, max] = [constant(-(2 ** 31), "i64"), constant(2 ** 31 - 1, "i64")];
  b.set(value, choose(apply("i64.lt_s", [value, min]), min, value));
  b.set(value, choose(apply("i64.gt_s", [value, max]), max, value));
  return apply("i32.wrap_i64", [value]);
}
