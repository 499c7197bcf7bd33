import { addCounts, type KernelCounts } from "../../lib/kernel/walk/tally.ts";
import { assertEquals } from "../assert.ts";

const accesses = (by: number) => ({
  loads: 2 * by,
  stores: 3 * by,
  loadedBytes: 5 * by,
  storedBytes: 7 * by,
});

const counts = (by: number, own: Partial<KernelCounts> = {}): KernelCounts => ({
  ...accesses(by),
  loopTests: 11 * by,
  addressUpdates: 13 * by,
  arithmetic: 17 * by,
  instructions: { "i32.add": 19 * by },
  regions: { arena: accesses(by) },
  innermost: { loopTests: 23 * by, addressUpdates: 29 * by, bodyInstructions: 31 * by },
  ...own,
});

Deno.test("two runs together execute what each does, and have the longer of their bodies", () => {
  const { innermost: own } = counts(11);
  const expected = counts(11, { innermost: { ...own, bodyInstructions: 310 } });
  assertEquals(addCounts(counts(10), counts(1)), expected);
  assertEquals(addCounts(counts(1), counts(10)), expected);
});

Deno.test("what one of two runs alone executes and accesses is in their sum", () => {
  const other = counts(1, { instructions: { nop: 4 }, regions: { input: accesses(2) } });
  const { instructions, regions } = addCounts(counts(1), other);
  assertEquals(instructions, { "i32.add": 19, nop: 4 });
  assertEquals(regions, { arena: accesses(1), input: accesses(2) });
});
