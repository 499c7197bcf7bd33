import fc from "fast-check";
import {
  affine,
  type CacheHierarchy,
  caches,
  count,
  defineNest,
  matmul,
  type Nest,
  reorder,
  simulateCache,
  tile,
  vectorize,
} from "tinyloom";
import { lowerComputation } from "../../lib/codegen/lower_pipeline.ts";
import { layOut, traceProgram, walkedProgram } from "../../lib/codegen/program_kernels.ts";
import { assert, assertEquals, assertLess, assertThrows } from "../assert.ts";
import { randomNest } from "../codegen/random_nest.ts";
import { randomChoices, schedule } from "../codegen/random_schedule.ts";
import { accessText, assertSameAccesses, executedAccesses } from "../kernel/executed_accesses.ts";

// Tensors start at multiples of 64 with at least 64 bytes after each: X at 64, W at 192, Y behind.
// Line numbers below are addresses divided by 64.

Deno.test("direct-mapped: two lines of one set drive each other out", () => {
  // X is line 1, Y is line 3; two sets: both are in set 1.
  assertEquals(simulateCache(copy(16), cache({ sizeBytes: 128, ways: 1 })), [{
    level: "L1",
    accesses: 32,
    hits: 0,
    misses: 32,
    missesByTensor: { X: 16, Y: 16 },
  }]);
});

Deno.test("two ways: both lines stay", () => {
  assertEquals(simulateCache(copy(16), cache({ sizeBytes: 128, ways: 2 })), [{
    level: "L1",
    accesses: 32,
    hits: 30,
    misses: 2,
    missesByTensor: { X: 1, Y: 1 },
  }]);
});

Deno.test("the least recently used line goes: three lines in turn never hit in two ways", () => {
  const [two] = simulateCache(sum(16), cache({ sizeBytes: 128, ways: 2 }));
  assertEquals([two.hits, two.misses], [0, 48]);
  const [four] = simulateCache(sum(16), cache({ sizeBytes: 256, ways: 4 }));
  assertEquals([four.hits, four.misses], [45, 3]);
});

Deno.test("a used line is kept over one that was not used since", () => {
  // Per iteration X, W, W: X comes back each time, since W was used last and Y is only at the end.
  const nest = defineNest({
    name: "dot",
    extents: { once: 1, i: 16 },
    tensors: [
      { name: "X", dtype: "f32", shape: [16], role: "input" },
      { name: "Y", dtype: "f32", shape: [1], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("once")] },
      update: "add",
      value: { kind: "read", access: { tensor: "X", index: [affine("i")] } },
    },
  });
  const [level] = simulateCache(nest, cache({ sizeBytes: 128, ways: 2 }));
  assertEquals(level.missesByTensor, { X: 1, Y: 1 });
  assertEquals(level.accesses, 48);
});

Deno.test("the second level is asked for what the first one misses", () => {
  const levels = [
    { name: "L1", sizeBytes: 128, ways: 1, lineBytes: 64 },
    { name: "L2", sizeBytes: 256, ways: 4, lineBytes: 64 },
  ];
  const results = simulateCache(copy(16), { name: "two", levels, source: "made up" });
  assertEquals(results.map(({ accesses, hits, misses }) => [accesses, hits, misses]), [
    [32, 0, 32],
    [32, 30, 2],
  ]);
});

Deno.test("a vector across the end of a line asks for two lines", () => {
  // Loads of 16 bytes at 68, 84, 100 and 116: the last one ends at 132, in line 2.
  const [level] = simulateCache(
    vectorize(copy(16, 1), "i"),
    cache({ sizeBytes: 1024, ways: 16 }),
  );
  assertEquals(level.accesses, 4 + 1 + 4);
  assertEquals(level.missesByTensor, { X: 2, Y: 1 });
});

Deno.test("lines of other sizes count by their size", () => {
  const [level] = simulateCache(copy(16), {
    name: "short lines",
    levels: [{ name: "L1", sizeBytes: 1024, ways: 4, lineBytes: 16 }],
    source: "made up",
  });
  assertEquals(level.missesByTensor, { X: 4, Y: 4 });
});

Deno.test("axes and loops may have any name", () => {
  const named = (axis: string) =>
    defineNest({
      name: "named",
      extents: { [axis]: 16 },
      tensors: [{ name: "Y", dtype: "f32", shape: [16], role: "output" }],
      body: {
        target: { tensor: "Y", index: [affine(axis)] },
        update: "set",
        value: { kind: "constant", value: 1 },
      },
    });
  for (const axis of ["n", "touch", "i"]) {
    assertEquals(simulateCache(named(axis), caches.zen4)[0].accesses, 16, axis);
  }
});

Deno.test("every load and store of a product is simulated; 256 x 256 x 256 runs", () => {
  const nest = matmul({ m: 256, k: 256, n: 256 });
  const results = simulateCache(nest, caches.zen4);
  const { loads, stores } = count(nest);
  assertEquals(results[0].accesses, loads + stores);
  assertEquals(results[1].accesses, results[0].misses);
  // Everything fits the third level, so each line misses there once.
  assertEquals(results[2].misses, 3 * 256 * 256 * 4 / 64);
});

Deno.test("reordering and tiling reduce the misses of a small cache", () => {
  const small = cache({ sizeBytes: 4096, ways: 4 });
  const naive = matmul({ m: 64, k: 64, n: 64 });
  const reordered = reorder(naive, ["i", "k", "j"]);
  const tiled = tile(reordered, { k: 16, j: 32 });
  const [a, b, c] = [naive, reordered, tiled].map((nest) => simulateCache(nest, small)[0].misses);
  assertLess(b, a / 4);
  assertLess(c, b / 2);
});

Deno.test("presets are as their makers publish them", () => {
  const text = Object.entries(caches).map(([name, { levels }]) =>
    `${name}: ${
      levels.map((each) => `${each.sizeBytes / 1024} KiB, ${each.ways} x ${each.lineBytes} B`)
        .join("; ")
    }`
  );
  assertEquals(text, [
    "zen4: 32 KiB, 8 x 64 B; 1024 KiB, 8 x 64 B; 32768 KiB, 16 x 64 B",
    "skylakeServer: 32 KiB, 8 x 64 B; 1024 KiB, 16 x 64 B",
    "goldenCove: 48 KiB, 12 x 64 B; 1280 KiB, 10 x 64 B",
    "sapphireRapids: 48 KiB, 12 x 64 B; 2048 KiB, 16 x 64 B",
    "cortexA72: 32 KiB, 2 x 64 B; 1024 KiB, 16 x 64 B",
    "cortexA53: 32 KiB, 4 x 64 B; 512 KiB, 16 x 64 B",
    "cortexM7Small: 4 KiB, 4 x 32 B",
    "cortexM7: 16 KiB, 4 x 32 B",
  ]);
});

Deno.test("presets are whole caches with a source", () => {
  for (const hierarchy of Object.values(caches)) {
    assert(hierarchy.source.length > 0);
    assertEquals(simulateCache(copy(16), hierarchy).length, hierarchy.levels.length);
  }
});

Deno.test("caches that cannot be are refused", () => {
  const refused = (level: Partial<CacheHierarchy["levels"][number]>, message: string) =>
    assertThrows(() => simulateCache(copy(16), cache(level)), RangeError, message);
  refused({ sizeBytes: 100 }, "Cache L1 of 100 bytes is not a whole number of sets");
  refused({ sizeBytes: 0 }, "not a whole number of sets");
  refused({ ways: 0 }, "not a whole number of sets");
  refused({ ways: 0.5 }, "not a whole number of sets");
  refused({ sizeBytes: NaN }, "not a whole number of sets");
  refused({ sizeBytes: 192, lineBytes: 48 }, "must be a power of two, found 48");
  assertThrows(
    () => simulateCache(copy(16), { name: "none", levels: [], source: "made up" }),
    RangeError,
    "none has no cache levels",
  );
});

function cache(level: Partial<CacheHierarchy["levels"][number]>): CacheHierarchy {
  return {
    name: "made up",
    levels: [{ name: "L1", sizeBytes: 1024, ways: 2, lineBytes: 64, ...level }],
    source: "made up",
  };
}

function copy(length: number, offset = 0): Nest {
  return defineNest({
    name: "copy",
    extents: { i: length },
    tensors: [
      { name: "X", dtype: "f32", shape: [length + offset], role: "input" },
      { name: "Y", dtype: "f32", shape: [length], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "set",
      value: { kind: "read", access: { tensor: "X", index: [affine("i", offset)] } },
    },
  });
}

function sum(length: number): Nest {
  const read = (tensor: string) =>
    ({ kind: "read", access: { tensor, index: [affine("i")] } }) as const;
  return defineNest({
    name: "sum",
    extents: { i: length },
    tensors: [
      { name: "X", dtype: "f32", shape: [length], role: "input" },
      { name: "W", dtype: "f32", shape: [length], role: "input" },
      { name: "Y", dtype: "f32", shape: [length], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "set",
      value: { kind: "binary", op: "add", left: read("X"), right: read("W") },
    },
  });
}

Deno.test("addresses of random schedules are those that they access", () => {
  fc.assert(
    fc.property(randomNest, randomChoices, (plain, choices) => {
      const { nest } = schedule(plain, choices);
      const program = lowerComputation(nest);
      const traced: string[] = [];
      traceProgram(program, (address, bytes, buffer, stores) => {
        const what = stores ? "store" : "load";
        traced.push(accessText(what, { address, bytes, region: program.buffers[buffer].name }));
      });
      const content = new Uint8Array(layOut(program.buffers, 1).pages * 65536);
      const executed = executedAccesses(walkedProgram(program), content);
      assertSameAccesses(traced, executed, JSON.stringify(nest.steps));
    }),
    { seed: 32, numRuns: 100 },
  );
});
