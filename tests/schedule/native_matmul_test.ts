import {
  execute,
  hasExactRelaxedDot,
  interpret,
  matmul,
  nativeMatmul,
  type Nest,
  toJavaScript,
} from "tinyloom";
import { elementsOf } from "../../lib/nest/define_nest.ts";
import { zeros } from "../../lib/nest/dtype.ts";
import { assert, assertEquals } from "../assert.ts";

const sizesOf = ({ steps }: Nest) =>
  steps.flatMap((step) => step.op === "tile" ? [step.sizes] : []);

Deno.test("blocks follow from registers, caches and threads", () => {
  // 32 registers: 2 of B, 1 of A, 14 rows of two vectors of 16. 1000 terms in 3 parts of 334; half of
  // 1 MiB holds 392 rows of these, so each of two threads takes half of 256 in whole blocks of 14.
  const wide = { m: 256, k: 1000, n: 64, vectorBytes: 64, vectorRegisters: 32 } as const;
  const nest = nativeMatmul({ ...wide, cacheBytes: 2 ** 20, threads: 2 });
  assertEquals(sizesOf(nest), [{ k: 334 }, { i: 140 }, { j: 32, i: 14 }]);
  assertEquals(nest.loops.map(({ name }) => name), ["tk", "ti", "jr", "ir", "k", "i", "j"]);
  assertEquals(nest.loops.find(({ mode }) => mode === "parallel")!.name, "ti");
  assertEquals(nest.loops.find(({ name }) => name === "j")!.lanes, 16);
  // A quarter of the cache: 98 rows, so that there are four blocks of 70, not three.
  const small = nativeMatmul({ ...wide, cacheBytes: 2 ** 18, threads: 2 });
  assertEquals(sizesOf(small)[1], { i: 70 });
  // On one thread three of 98, evened out to whole blocks of 14.
  assertEquals(sizesOf(nativeMatmul({ ...wide, cacheBytes: 2 ** 18 }))[1], { i: 98 });
  // 16 registers of 4 lanes: 13 of them for 6 rows of two vectors. One block, nothing to tile.
  const narrow = nativeMatmul({ m: 60, k: 384, n: 8 });
  assertEquals(sizesOf(narrow), [{ j: 8, i: 6 }]);
  assertEquals(sizesOf(nativeMatmul({ m: 60, k: 385, n: 8 }))[0], { k: 194 });
  // One vector of columns leaves 14 rows.
  assertEquals(sizesOf(nativeMatmul({ m: 60, k: 5, n: 4 })), [{ j: 4, i: 14 }]);
  assertEquals(sizesOf(nativeMatmul({ m: 3, k: 5, n: 5 })), [{ j: 8, i: 3 }]);
  // By default the cache has 2 MiB: 682 rows of 384 terms in half of it, in blocks of six 678.
  assertEquals(sizesOf(nativeMatmul({ m: 678, k: 384, n: 8 })), [{ j: 8, i: 6 }]);
  assertEquals(sizesOf(nativeMatmul({ m: 679, k: 384, n: 8 }))[0], { i: 342 });
  assertEquals(
    nativeMatmul({ m: 12, k: 2, n: 8, threads: 2 }).loops.find(({ mode }) => mode === "parallel")!
      .name,
    "ir",
  );
});

Deno.test("a single row is shared by its columns", () => {
  const { loops, steps } = nativeMatmul({ m: 1, k: 4, n: 64, threads: 2 });
  assertEquals(loops.find(({ mode }) => mode === "parallel")!.name, "jr");
  assertEquals(steps[0], { op: "tile", sizes: { j: 8 }, names: { j: "jr" } });
});

Deno.test("every block computes the product, at edges too", () => {
  for (
    const [m, k, n, vectorBytes, threads] of [
      [7, 9, 11, 16, 1],
      [13, 803, 10, 16, 2],
      [30, 5, 33, 32, 1],
      [17, 403, 5, 64, 2],
      [1, 1, 1, 16, 1],
      [1, 30, 19, 16, 2],
    ] as const
  ) {
    const nest = nativeMatmul({ m, k, n, vectorBytes, threads, cacheBytes: 2 ** 14 });
    const [A, B] = nest.tensors.slice(0, 2).map((tensor, which) =>
      Float32Array.from({ length: elementsOf(tensor) }, (_, i) => (i * 7 + which) % 5 - 2)
    );
    const C = Float32Array.from(interpret(matmul({ m, k, n }), { A, B }).C as Float64Array);
    const found = zeros("f32", m * n);
    new Function(`return ${toJavaScript(nest)}`)()(A, B, found);
    assertEquals(found, C);
    if (vectorBytes === 16) assertEquals(execute(nest, { A, B }).C, C);
    assert(C.some((value) => value !== 0) || m * n === 1);
  }
});

Deno.test("of int8 a block of B stays in the cache, and few rows of A are copied as uint8", () => {
  // 1300 terms in two parts of 652, a multiple of four; half of 128 KiB holds 96 columns of these.
  const nest = nativeMatmul({
    ...{ m: 100, k: 1300, n: 160, dtype: "i8", threads: 2 },
    ...{ vectorBytes: 64, vectorRegisters: 32, cacheBytes: 2 ** 17 },
  });
  assertEquals(sizesOf(nest), [{ k: 652 }, { j: 96 }, { j: 32, k: 4 }, { i: 14 }]);
  assertEquals(
    nest.loops.map(({ name }) => name),
    ["tk", "tj", "ir", "jr", "kp", "i", "j", "k"],
  );
  assertEquals(nest.packs, [
    { tensor: "B", at: "tj", dtype: "i8" },
    { tensor: "A", at: "ir", dtype: "u8" },
  ]);
  assertEquals(nest.prefetched, [
    { tensor: "C", at: "jr", ahead: 1 },
    { tensor: "B", at: "kp", ahead: 16 },
  ]);
  assertEquals(nest.loops.find(({ mode }) => mode === "parallel")!.name, "ir");
  // One panel has no next, four terms have none after them.
  assertEquals(nativeMatmul({ m: 9, k: 4, n: 8, dtype: "i8" }).prefetched, []);
});

Deno.test("without fours of int8 both operands are copied as pairs of int16", () => {
  // 1300 terms of two bytes in three parts, as four would not be even either; half of 128 KiB holds 64 columns.
  const nest = nativeMatmul({
    ...{ m: 100, k: 1300, n: 160, dtype: "i8", fours: false },
    ...{ vectorBytes: 32, cacheBytes: 2 ** 17 },
  });
  assertEquals(sizesOf(nest), [{ k: 434 }, { j: 64 }, { j: 16, k: 2 }, { i: 6 }]);
  assertEquals(nest.packs, [
    { tensor: "B", at: "tj", dtype: "i16" },
    { tensor: "A", at: "ir", dtype: "i16" },
  ]);
  assertEquals(nativeMatmul({ m: 9, k: 2, n: 8, dtype: "i8", fours: false }).prefetched, []);
});

Deno.test("on tiles A stays as it is, and a block of B in fours stays in the cache", () => {
  // 1100 terms in three parts of 384, a multiple of 64; half of 64 KiB holds 64 columns of these.
  const nest = nativeMatmul({
    ...{ m: 100, k: 1100, n: 160, dtype: "i8", threads: 2, tiles: true },
    cacheBytes: 2 ** 16,
  });
  assertEquals(sizesOf(nest), [{ k: 384 }, { j: 64 }, { j: 32, k: 4 }, { i: 32 }]);
  assertEquals(
    nest.loops.map(({ name }) => name),
    ["tk", "tj", "ir", "jr", "kp", "i", "j", "k"],
  );
  assertEquals(nest.packs, [{ tensor: "B", at: "tj", dtype: "i8" }]);
  assertEquals(nest.loops.find(({ mode }) => mode === "parallel")!.name, "ir");
  assertEquals(nest.loops.find(({ name }) => name === "j")!.lanes, 16);
  // Floats have no tiles.
  const floats = { m: 64, k: 64, n: 64, tiles: true } as const;
  assertEquals(nativeMatmul(floats), nativeMatmul({ m: 64, k: 64, n: 64 }));
});

Deno.test("blocks of int8 are of one size where at most a third more of them divide the terms", () => {
  const depthOf = (k: number) =>
    sizesOf(nativeMatmul({ m: 28, k, n: 64, dtype: "i8", vectorBytes: 64 }))[0].k;
  // 13 blocks would leave a short one, 16 are even; of 1030 terms neither two nor three are.
  assertEquals([12800, 2048, 1030, 8 * 1030].map(depthOf), [800, 1024, 516, 824]);
});

Deno.test("every block of int8 computes the product, at edges too", () => {
  for (
    const [m, k, n, vectorBytes, threads] of [
      [7, 9, 11, 16, 1],
      [13, 2051, 10, 16, 2],
      [30, 5, 33, 32, 1],
      [17, 1030, 70, 64, 2],
      [1, 1, 1, 16, 1],
      [1, 30, 19, 16, 2],
    ] as const
  ) {
    const nest = nativeMatmul({ m, k, n, dtype: "i8", vectorBytes, threads, cacheBytes: 2 ** 14 });
    const [A, B] = nest.tensors.slice(0, 2).map((tensor, which) =>
      Int8Array.from({ length: elementsOf(tensor) }, (_, i) => (i * 37 + which * 101) % 256)
    );
    const C = Int32Array.from(interpret(matmul({ m, k, n, dtype: "i8" }), { A, B }).C);
    const found = zeros("i32", m * n);
    new Function(`return ${toJavaScript(nest)}`)()(A, B, found);
    assertEquals(found, C);
    const tiled = nativeMatmul({ m, k, n, dtype: "i8", tiles: true, threads, cacheBytes: 2 ** 14 });
    new Function(`return ${toJavaScript(tiled)}`)()(A, B, found.fill(0));
    assertEquals(found, C);
    const pairs = nativeMatmul({
      ...{ m, k, n, dtype: "i8", fours: false },
      ...{ vectorBytes, threads, cacheBytes: 2 ** 14 },
    });
    new Function(`return ${toJavaScript(pairs)}`)()(A, B, found.fill(0));
    assertEquals(found, C);
    if (vectorBytes === 16) assertEquals(execute(pairs, { A, B }).C, C);
    if (vectorBytes !== 16 || !hasExactRelaxedDot()) continue;
    assertEquals(execute(nest, { A, B }, { relaxedDot: true }).C, C);
  }
});

Deno.test("terms that are no multiple of four are laid out for vectors, not for tiles", () => {
  const sizes = { m: 40, n: 48, dtype: "i8", vectorBytes: 64, vectorRegisters: 32 } as const;
  const stepsOf = (k: number, tiles: boolean) => nativeMatmul({ ...sizes, k, tiles }).steps;
  for (const k of [3, 66, 211]) assertEquals(stepsOf(k, true), stepsOf(k, false));
  assert(JSON.stringify(stepsOf(212, true)) !== JSON.stringify(stepsOf(212, false)));
});
