import { printKernels } from "../../lib/codegen/c/print_kernels.ts";
import { KernelBuilder, start } from "../../lib/kernel/kernel_builder.ts";
import type { KernelCode, Region, Space } from "../../lib/kernel/kernel.ts";
import { add, apply, callOf, choose, constant, max, mul, sub } from "../../lib/kernel/values.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const constants = "weights";

function region(name: string, space: Space, offsetBytes = 0): Region {
  return { name, space, offsetBytes, sizeBytes: 64, check: null };
}

const x = region("x", "arena", 8);
const y = region("y", "arena", 40);
const w = region("w", "constants", 16);

Deno.test("a kernel is a C function of the spaces that it accesses", () => {
  const b = new KernelBuilder();
  b.parameter("thread");
  const sum = b.let("sum", 0);
  b.for("k", { until: 4 }, (k) => {
    const value = b.load("i32.load8_s", { region: x, address: add(start(x), k) });
    const weight = b.load("i32.load8_s", { region: w, address: k, isIndex: true });
    b.set(sum, add(sum, mul(sub(value, -3), weight)));
  });
  const q = max(apply("i32.shr_s", [sum, 2]), -128);
  b.store("i32.store8", { region: y, address: start(y), offsetBytes: 1 }, q);
  const { functions, prelude, callOf, usesFloats } = printKernels([b.finish("dot")], { constants });
  assertEquals(
    functions,
    `TL_APART static void dot(uint8_t *arena) {
  uint32_t sum = 0u;
  for (uint32_t k = 0u; k < 4u; k += 1u) {
    sum += (tl_load8s(arena + (8u + k)) + 3u) * tl_load8s(weights + (k + 16u));
  }
  tl_store8(arena + 41u, (((int32_t)sum >> 2) > -128 ? (uint32_t)((int32_t)sum >> 2) : (uint32_t)-128));
}`,
  );
  assertEquals(callOf("dot", [constant(0)]), "dot(arena)");
  assertEquals(usesFloats, false);
  assert(prelude.includes("tl_load8s(") && !prelude.includes("tl_load16s("));
});

Deno.test("variables are declared where they are first set, if nothing needs them further out", () => {
  const b = new KernelBuilder();
  const n = b.parameter("n");
  b.for("i", { until: n }, (i) => {
    const inner = b.let("inner", mul(i, i));
    b.store("i32.store", { region: y, address: start(y) }, inner);
    b.if(i, () => b.let("unread", 3));
  });
  const late = b.let("late", 1);
  const { functions } = printKernels([b.finish("scopes", late)], { constants });
  assertEquals(
    functions,
    `static uint32_t scopes(uint8_t *arena, uint32_t n) {
  for (uint32_t i = 0u; (int32_t)i < (int32_t)n; i += 1u) {
    uint32_t inner = i * i;
    tl_store32(arena + 40u, inner);
  }
  uint32_t late = 1u;
  return late;
}`,
  );
});

Deno.test("a variable that one turn leaves to the next is declared before the loop, as 0", () => {
  const b = new KernelBuilder();
  const before = b.let("before", 0);
  const [, declared] = [before, { name: "last", type: "i32" as const }];
  const last = { kind: "local" as const, type: "i32" as const, local: declared };
  b.for("i", { until: 3 }, (i) => {
    b.store("i32.store", { region: y, address: start(y) }, last);
    b.set(last, i);
  });
  const { functions } = printKernels([b.finish("carried")], { constants });
  assertEquals(functions.split("\n").slice(1, 3), [
    "  uint32_t last = 0;",
    "  for (uint32_t i = 0u; i < 3u; i += 1u) {",
  ]);
});

Deno.test("what a callee does not read is not passed to it", () => {
  const callee = new KernelBuilder();
  const [, used] = ["unused", "used"].map((name) => callee.parameter(name));
  const caller = new KernelBuilder();
  const [a, c] = ["a", "c"].map((name) => caller.parameter(name));
  const result = callOf("callee", "i32", [a, c]);
  const codes = [caller.finish("caller", result), callee.finish("callee", add(used, 1))];
  const { functions } = printKernels(codes, { constants });
  assertEquals(functions.split("\n\n"), [
    "static uint32_t callee(uint32_t used) {\n  return used + 1u;\n}",
    "static uint32_t caller(uint32_t c) {\n  return callee(c);\n}",
  ]);
});

Deno.test("names of C and of spaces are not taken by variables", () => {
  const b = new KernelBuilder();
  const values = ["int", "arena", "a.b", "a_b"].map((name) => b.parameter(name));
  const sum = values.reduce((total, each) => add(total, each));
  const { functions } = printKernels([b.finish("names", sum)], { constants });
  assert(
    functions.startsWith(
      "static uint32_t names(uint32_t int_, uint32_t arena_, uint32_t a_b, uint32_t a_b_1)",
    ),
    functions,
  );
});

function writing(to: Region, pointer: Region): KernelCode {
  const b = new KernelBuilder();
  const at = b.let("at", start(pointer));
  b.store("i32.store", { region: to, address: at }, 0);
  return b.finish("writing");
}

Deno.test("kernels that C cannot say are refused", () => {
  const refuse = (kernels: readonly KernelCode[], message: string) =>
    assertThrows(() => printKernels(kernels, { constants }), TypeError, message);
  refuse([writing(w, w)], "kernel writing writes w, which lies in constants");
  refuse([writing(x, w)], "accesses x in arena through a pointer into constants");
  const state = region("s", "state");
  const either = new KernelBuilder();
  const which = either.parameter("which");
  const address = either.let("address", choose(which, start(x), start(state)));
  either.store("i32.store", { region: x, address }, 0);
  refuse([either.finish("either")], "through a pointer into arena and state");
  const lost = new KernelBuilder();
  lost.store("i32.store", { region: x, address: constant(64) }, 0);
  refuse([lost.finish("lost")], "through a pointer into no space");
  const again = new KernelBuilder();
  again.call("again");
  refuse([again.finish("again")], "kernel again calls itself");
});
