// Kernels that are followed, against what their WebAssembly executes.
import fc from "fast-check";
import type { KernelCode } from "../../lib/kernel/kernel.ts";
import { KernelBuilder, start } from "../../lib/kernel/kernel_builder.ts";
import { add, apply } from "../../lib/kernel/values.ts";
import type { WalkedCode } from "../../lib/kernel/walk/walk_context.ts";
import { countKernels, traceKernels, writeWalk } from "../../lib/kernel/walk/walk_kernels.ts";
import { assertEquals, assertGreater, assertThrows } from "../assert.ts";
import { countingCode } from "./counting_code.ts";
import { accessText, assertSameAccesses, executedAccesses } from "./executed_accesses.ts";
import { data, randomKernels, table } from "./random_kernels.ts";

const spaces = { constants: 0, arena: 64 };
const bytes = Uint8Array.from({ length: 65536 }, (_, i) => i < 64 ? i * 7 + 3 : 0);

Deno.test("random kernels execute what is counted, loops that repeat or not", () => {
  let repeated = 0;
  fc.assert(
    fc.property(randomKernels, fc.nat(7), fc.nat(7), (kernels, x, y) => {
      const code = walked(kernels, [x, y]);
      const { innermost: _, arithmetic: __, ...counts } = countKernels(code);
      assertEquals(counts, executed(code));
      if (/\* \$t\d+;$|= \$w \* /m.test(writeWalk(code, "count").javascript)) repeated++;
    }),
    { seed: 71, numRuns: 600, endOnFailure: true },
  );
  assertGreater(repeated, 300);
});

Deno.test("random kernels access memory where it is said, in that order", () => {
  fc.assert(
    fc.property(randomKernels, fc.nat(7), fc.nat(7), ([, leaf, inner], x, y) => {
      const code = walked([inner, leaf], [x, y]);
      const { regions, run } = traceKernels(code);
      const traced: string[] = [];
      run((address, bytes, region, stores) => {
        const what = stores ? "store" : "load";
        traced.push(accessText(what, { address, bytes, region: regions[region] }));
      });
      assertSameAccesses(traced, executedAccesses(code, bytes), "random kernels");
    }),
    { seed: 72, numRuns: 60, endOnFailure: true },
  );
});

Deno.test("one pass counts for loops that repeat, and what they move goes on", () => {
  const b = new KernelBuilder();
  const at = b.let("at", start(data));
  const done = b.let("done", 0);
  b.for("i", { until: 100_000_000 }, () => {
    b.store("i32.store", { region: data, address: at }, 1);
    b.advance(at, 4);
    b.advance(done, 3);
  });
  b.for("j", { from: 299_999_990, until: done }, () => {
    b.store("i32.store8", { region: data, address: at }, 1);
  });
  const counts = countKernels({ kernels: [b.finish("long")], args: [], spaces, memory: null });
  assertEquals(counts.stores, 100_000_010);
  assertEquals(counts.storedBytes, 400_000_010);
  assertEquals(counts.loopTests, 100_000_000 + 11);
  // Set once and moved in each pass; `done` and loops count, but not addresses.
  assertEquals(counts.addressUpdates, 100_000_001);
  assertEquals(counts.innermost, {
    loopTests: 100_000_011,
    addressUpdates: 100_000_000,
    bodyInstructions: 1,
  });
});

Deno.test("additions of data are arithmetic, those of addresses are not", () => {
  const b = new KernelBuilder();
  const at = b.let("at", start(data));
  b.for("i", { until: 5 }, () => {
    const loaded = b.let("x", b.load("i32.load", { region: data, address: at }));
    const place = { region: data, address: add(at, 4) };
    b.store("i32.store", place, apply("i32.mul", [add(loaded, 1), 3]));
    b.advance(at, 4);
  });
  const counts = countKernels({ kernels: [b.finish("sums")], args: [], spaces, memory: null });
  assertEquals(counts.arithmetic, 2 * 5);
  assertEquals(counts.instructions, {
    "i32.load": 5,
    "i32.store": 5,
    "i32.mul": 5,
    // x + 1, at + 4, at += 4, i += 1
    "i32.add": 4 * 5,
    "i32.lt_s": 5,
  });
  assertEquals(counts.innermost.bodyInstructions, 4);
});

Deno.test("what is decided by data is followed through a memory that is known, or refused", () => {
  const code = (space: "constants" | "arena", stores: boolean): WalkedCode => {
    const region = { ...table, space };
    const b = new KernelBuilder();
    if (stores) b.store("i32.store8", { region, address: start(region) }, 9);
    b.for("i", { until: b.load("i32.load8_u", { region, address: start(region) }) }, () => {
      b.store("i32.store8", { region: { ...data, offsetBytes: 64 }, address: start(data) }, 1);
    });
    return { kernels: [b.finish("reader")], args: [], spaces, memory: null };
  };
  const memory = { bytes, spaces: ["constants", "arena"] as const };
  assertEquals(countKernels({ ...code("constants", false), memory }).stores, 3);
  assertEquals(countKernels({ ...code("arena", false), memory: { ...memory } }).stores, bytes[64]);
  assertThrows(
    () => countKernels(code("constants", false)),
    TypeError,
    "kernel reader: what is executed depends on i32.load8_u from table, needed what memory holds there",
  );
  assertThrows(
    () => countKernels({ ...code("arena", true), memory }),
    TypeError,
    "depends on i32.load8_u from table, which is written as well",
  );
  assertThrows(
    () => traceKernels({ ...code("arena", true), memory }).run(() => {}),
    TypeError,
    "kernel reader: what is executed, or where, depends on byte 64, which it has written before",
  );
});

function walked(kernels: readonly KernelCode[], args: readonly number[] = []): WalkedCode {
  return { kernels, args, spaces, memory: { bytes, spaces: ["constants"] } };
}

function executed({ kernels, args }: WalkedCode) {
  const { wasm, memoryPages, executed } = countingCode(kernels, { memoryPages: 1, spaces });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  new Uint8Array(memory.buffer).set(bytes);
  const module = new WebAssembly.Module(wasm);
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
  (exports[kernels[0].name] as (...args: readonly number[]) => void)(...args);
  return executed(memory.buffer);
}
