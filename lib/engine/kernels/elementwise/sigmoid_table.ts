import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, min, mul, sub } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { sigmoidTable } from "../../reference/sigmoid.ts";

/** How LOGISTIC and TANH read the one table: bits of interpolation, results beyond its end, halves. */
export const tableReadings = {
  LOGISTIC: {
    bits: 9,
    leftShifts: [0],
    end: 0x7fff << 10,
    shift: 10,
    positive: 512,
    negative: 511,
    mirror: 2 ** 25,
    offset: 0,
  },
  TANH: {
    bits: 8,
    leftShifts: [0, 1],
    end: 0xffff << 8,
    shift: 8,
    positive: 128,
    negative: 127,
    mirror: 0,
    offset: 2 ** 23,
  },
} as const;

/** The table as int32. */
export function placeSigmoidTable(constants: ConstantPool, name: string): Region {
  const values = Int32Array.from(sigmoidTable);
  return constants.place(name, new Uint8Array(values.buffer));
}

/** The function of a variable at the table's scale: see `logisticFromTable` and `tanhFromTable`. */
export function readSigmoid(
  b: KernelBuilder,
  { table, x, operator }: {
    readonly table: Region;
    readonly x: Value;
    readonly operator: keyof typeof tableReadings;
  },
): Value {
  const reading = tableReadings[operator];
  const isPositive = apply("i32.ge_s", [x, 0]);
  const size = b.let("size", choose(isPositive, x, sub(0, x)));
  const index = b.let("index", min(apply("i32.shr_u", [size, reading.bits]), 255));
  const at = (offset: Value, next: number) =>
    b.load("i32.load", {
      region: table,
      address: apply("i32.shl", [offset, 2]),
      offsetBytes: 4 * next,
      isIndex: true,
    });
  const base = b.let("base", at(index, 0));
  // Beyond the table's end the value is not used: any entry will do.
  const next = at(min(index, 254), 1);
  const part = apply("i32.and", [size, 2 ** reading.bits - 1]);
  const inside = add(apply("i32.shl", [base, reading.bits]), mul(part, sub(next, base)));
  const found = choose(apply("i32.ge_s", [index, 255]), reading.end, inside);
  const value = b.let("value", sub(found, reading.offset));
  const mirrored = add(sub(reading.mirror, value), reading.negative);
  const y = choose(isPositive, add(value, reading.positive), mirrored);
  return apply("i32.shr_s", [y, reading.shift]);
}
