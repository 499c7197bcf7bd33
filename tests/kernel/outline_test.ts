import { encodeKernels } from "../../lib/codegen/wasm/encode_module.ts";
import type { KernelCode, Local, Region } from "../../lib/kernel/kernel.ts";
import { KernelBuilder, start } from "../../lib/kernel/kernel_builder.ts";
import { freeVariables } from "../../lib/kernel/parts.ts";
import { add, apply, constant, either, mul, use } from "../../lib/kernel/values.ts";
import { assertEquals, assertThrows } from "../assert.ts";

const region: Region = {
  name: "memory",
  space: "memory",
  offsetBytes: 0,
  sizeBytes: 65536,
  check: null,
};

const [a, b, c, d]: Local[] = ["a", "b", "c", "d"].map((name) => ({ name, type: "i32" }));

Deno.test("variables are free in the order in which they are read before they are set", () => {
  const place = { region, address: use(c), offsetBytes: 4, isIndex: false };
  const free = freeVariables([
    { kind: "set", local: a, value: either(use(b), constant(1), use(a)) },
    { kind: "set", local: d, value: constant(2) },
    { kind: "store", op: "i32.store", place, value: use(d), lane: null },
    { kind: "barrier", threads: use(a) },
  ]);
  assertEquals(free, [b, a, c]);
});

Deno.test("what is set in one branch only is free behind it, what is set in both is not", () => {
  const set = (local: Local) => ({ kind: "set", local, value: constant(1) } as const);
  const call = { kind: "call", callee: "f", args: [use(a), use(b)] } as const;
  const branch = { kind: "if", condition: constant(1), then: [set(a), set(b)] } as const;
  assertEquals(freeVariables([{ ...branch, otherwise: [set(a)] }, call]), [b]);
});

Deno.test("what a loop sets is free behind it, unless it runs at least once", () => {
  const loop = {
    kind: "for",
    variable: c,
    from: constant(0),
    until: use(d),
    step: 1,
    body: [{ kind: "set", local: a, value: use(c) }],
  } as const;
  const call = { kind: "call", callee: "f", args: [use(a), use(c)] } as const;
  assertEquals(freeVariables([{ ...loop, atLeastOnce: false }, call]), [d, a]);
  assertEquals(freeVariables([{ ...loop, atLeastOnce: true }, call]), [d]);
});

Deno.test("a loop that goes on from its variable needs it", () => {
  const loop = {
    kind: "for",
    variable: a,
    from: use(a),
    until: constant(9),
    step: 1,
    atLeastOnce: true,
    body: [],
  } as const;
  assertEquals(freeVariables([loop]), [a]);
});

Deno.test("outlined statements compute what they did in their place, with their variables given", () => {
  const builder = new KernelBuilder();
  const unused = builder.let("unused", 7);
  const scale = builder.let("scale", add(unused, 3));
  const outlined: KernelCode[] = [];
  builder.for("row", { until: 3 }, (row) => {
    const pointer = builder.let("pointer", mul(row, 16));
    outlined.push(builder.outline("block", () => {
      builder.for("column", { until: 4 }, (column) => {
        const at = add(pointer, mul(column, 4));
        builder.store("i32.store", { region, address: at }, mul(scale, add(at, 1)));
      });
    }));
  });
  assertEquals(outlined.map(({ parameters }) => parameters.map(({ name }) => name)), [
    ["pointer", "scale"],
  ]);
  const codes = [...outlined, builder.finish("run")];
  const expected = Array.from({ length: 12 }, (_, index) => 10 * (4 * index + 1));
  assertEquals([...run(codes).subarray(0, 12)], expected);
});

Deno.test("outlined statements cannot set a variable of their caller", () => {
  const builder = new KernelBuilder();
  const sum = builder.let("sum", 0);
  assertThrows(
    () => builder.outline("block", () => builder.set(sum, 1)),
    TypeError,
    "block cannot set sum, which belongs to its caller",
  );
});

Deno.test("a falling loop ends below its bound even where its body moves the variable past it", () => {
  const builder = new KernelBuilder();
  const left = builder.let("left", 4);
  const passes = builder.let("passes", 0);
  builder.goOn(left, { until: 0, step: -1, atLeastOnce: true }, () => {
    builder.advance(left, -2);
    builder.advance(passes, 1);
  });
  builder.store("i32.store", { region, address: start(region) }, apply("i32.sub", [passes, left]));
  assertEquals(run([builder.finish("run")])[0], 2 + 2);
});

Deno.test("a kernel that calls what is not there is refused", () => {
  const builder = new KernelBuilder();
  builder.call("nobody");
  assertThrows(
    () => encodeKernels([builder.finish("run")], { memoryPages: 1 }),
    TypeError,
    "no kernel or import is called nobody",
  );
});

function run(codes: readonly KernelCode[]): Int32Array {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new WebAssembly.Module(encodeKernels(codes, { memoryPages: 1 }));
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
  (exports.run as () => void)();
  return new Int32Array(memory.buffer);
}
