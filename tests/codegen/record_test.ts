import { bestMatmul, matmul, parallel, registerBlock, vectorize } from "tinyloom";
import { lower } from "../../lib/codegen/lower.ts";
import type { Program } from "../../lib/codegen/program.ts";
import { kernelsOf } from "../../lib/codegen/program_kernels.ts";
import { recordNodes } from "../../lib/codegen/record/record_nodes.ts";
import type { BoundBuffer } from "../../lib/codegen/record/recording.ts";
import { encodeKernels } from "../../lib/codegen/wasm/encode_module.ts";
import type { KernelCode, Region, Statement, Value } from "../../lib/kernel/kernel.ts";
import { KernelBuilder } from "../../lib/kernel/kernel_builder.ts";
import { apply, constant } from "../../lib/kernel/values.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const memory: Region = {
  name: "memory",
  space: "memory",
  offsetBytes: 0,
  sizeBytes: 65536,
  check: null,
};

Deno.test("a program works on buffers wherever they are, over an extent known at run time only", () => {
  const program = lower(matmul({ m: 8, k: 2, n: 3 }), { extents: { i: [8, 2] } });
  const builder = new KernelBuilder();
  const [a, b, c, rows] = ["a", "b", "c", "rows"].map((name) => builder.parameter(name));
  recordNodes(program.body, {
    builder,
    buffers: bind(program, { A: a, B: b, C: c }),
    extents: new Map([["i", rows]]),
  });
  const { call, floats } = instantiate([builder.finish("run")]);
  const [atA, atB, atC] = [100, 7, 300];
  floats.set([1, 2, 3, 4, 5, 6], atA);
  floats.set([1, 10, 100, 2, 20, 200], atB);
  floats.fill(1, atC, atC + 12);
  call(4 * atA, 4 * atB, 4 * atC, 2);
  const expected = [1 + 5, 1 + 50, 1 + 500, 1 + 11, 1 + 110, 1 + 1100, 1, 1];
  assertEquals([...floats.subarray(atC, atC + 8)], expected);
});

Deno.test("registers of a block can come from the caller and go back to it", () => {
  const program = lower(vectorize(registerBlock(matmul({ m: 1, k: 3, n: 8 }), { j: 8 }), "j"));
  const builder = new KernelBuilder();
  const pointers = { A: constant(0), B: constant(64), C: constant(0) };
  let given = 0;
  recordNodes(program.body, {
    builder,
    buffers: bind(program, pointers),
    start: ({ coordinates: { j } }) => apply("f32x4.splat", [constant(1000 * (1 + j), "f32")]),
    finish: (sums) => {
      for (const { value } of sums) {
        const at = { region: memory, address: constant(1024 + 16 * given++) };
        builder.store("v128.store", at, value);
      }
    },
  });
  const { call, floats } = instantiate([builder.finish("run")]);
  floats.set([1, 2, 3]);
  floats.set(Array.from({ length: 24 }, (_, index) => index), 16);
  call();
  const sums = Array.from({ length: 8 }, (_, j) => 1 * j + 2 * (8 + j) + 3 * (16 + j));
  const starts = [1000, 1000, 1000, 1000, 5000, 5000, 5000, 5000];
  assertEquals([...floats.subarray(256, 264)], sums.map((sum, j) => sum + starts[j]));
  assert(floats.subarray(64, 256).every((value) => value === 0));
});

Deno.test("a buffer or an extent that is bound to nothing is refused", () => {
  const program = lower(matmul({ m: 2, k: 2, n: 2 }));
  const given = lower(matmul({ m: 2, k: 2, n: 2 }), { extents: { k: [2, 1] } });
  const pointers = { A: constant(0), B: constant(16), C: constant(32) };
  const builder = new KernelBuilder();
  assertThrows(
    () => recordNodes(program.body, { builder, buffers: new Map() }),
    TypeError,
    "buffer C is bound to no region",
  );
  assertThrows(
    () =>
      recordNodes(given.body, {
        builder,
        buffers: bind(given, pointers),
        extents: new Map([["i", constant(1)]]),
      }),
    TypeError,
    "extent of axis k is bound to no value",
  );
});

Deno.test("register blocks are kernels that come before their callers and take pointers alone", () => {
  const { codes, run, prepare } = kernelsOf(lower(bestMatmul({ m: 30, k: 70, n: 44 })), {
    fma: true,
  });
  const names = codes.map(({ name }) => name);
  assertEquals(prepare, null);
  assertEquals(names.at(-1), "run");
  assertEquals(run, codes.at(-1));
  assertEquals(new Set(names).size, names.length);
  assert(names.length > 1);
  for (const { parameters } of codes.slice(0, -1)) {
    assert(parameters.length > 0);
    assertEquals(parameters.map(({ type }) => type), parameters.map(() => "i32"));
  }
  const called = statementsOf(run.body).flatMap((each) => each.kind === "call" ? [each] : []);
  for (const { callee, args } of called) {
    assertEquals(args.length, codes.find(({ name }) => name === callee)!.parameters.length);
  }
  assertEquals(new Set(called.map(({ callee }) => callee)), new Set(names.slice(0, -1)));
});

Deno.test("threads share a parallel loop in the kernel only if there are several", () => {
  const program = lower(parallel(matmul({ m: 8, k: 2, n: 2 }), "i"));
  const shares = (threads: number) =>
    JSON.stringify(kernelsOf(program, { threads }).run.body).includes('"name":"thread"');
  assertEquals([1, 2].map(shares), [false, true]);
});

Deno.test("regions are the buffers, in bytes, known by their places in the program", () => {
  const program = lower(matmul({ m: 2, k: 3, n: 5, dtype: "i8" }));
  const { regions } = kernelsOf(program);
  assertEquals(
    [...regions.values()].map(({ name, sizeBytes, check }) => [name, sizeBytes, check]),
    [
      ["A", 6, 0],
      ["B", 15, 1],
      ["C", 40, 2],
    ],
  );
});

function bind(
  { buffers }: Program,
  pointers: Readonly<Record<string, Value>>,
): ReadonlyMap<string, BoundBuffer> {
  return new Map(
    buffers.map(({ name, dtype }) => [name, { dtype, region: memory, pointer: pointers[name] }]),
  );
}

function statementsOf(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((each) => [
    each,
    ...each.kind === "for" ? statementsOf(each.body) : [],
    ...each.kind === "if" ? statementsOf([...each.then, ...each.otherwise]) : [],
  ]);
}

function instantiate(codes: readonly KernelCode[]) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new WebAssembly.Module(encodeKernels(codes, { memoryPages: 1 }));
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
  return {
    call: exports.run as (...parameters: number[]) => void,
    floats: new Float32Array(memory.buffer),
  };
}
