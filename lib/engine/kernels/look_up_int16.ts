import type { KernelCode, Region, Value } from "../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, apply, callOf, sub } from "../../kernel/values.ts";

const NAME = "look_up_int16";

/** A function of the address of a table and an int16: see `lookUp`. */
export const lookUpCode: KernelCode = write();

/** Calls it. */
export function lookUp(table: Region, x: Value): Value {
  return callOf(NAME, "i32", [start(table), x]);
}

function write(): KernelCode {
  const b = new KernelBuilder();
  const [table, x] = [b.parameter("table"), b.parameter("x")];
  const index = add(apply("i32.shr_s", [x, 7]), 256);
  const address = b.let("address", add(table, apply("i32.shl", [index, 1])));
  const any: Region = {
    name: "table",
    space: "constants",
    offsetBytes: 0,
    sizeBytes: 0,
    check: null,
  };
  const base = b.let("base", b.load("i32.load16_s", { region: any, address }));
  const next = b.load("i32.load16_s", { region: any, address, offsetBytes: 2 });
  const slope = apply("i32.extend16_s", [sub(next, base)]);
  const rise = add(apply("i32.mul", [slope, apply("i32.and", [x, 127])]), 64);
  return b.finish(NAME, add(base, apply("i32.shr_s", [rise, 7])));
}
