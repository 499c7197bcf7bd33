import {
  applySteps,
  bestMatmul,
  count,
  createPool,
  execute,
  interpret,
  matmul,
  matmulVariants,
  pseudocode,
  randomInputs,
} from "tinyloom";
import { panelMatmul, panelsPay } from "../../lib/schedule/panel_matmul.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

// Rows, columns and terms that no block divides, and several blocks of each.
const sizes = { m: 33, k: 1100, n: 75 };
const cacheBytes = 2 ** 16;

Deno.test("panels of both operands compute the product, on one thread and on two", () => {
  using pool = createPool(2);
  const inputs = randomInputs(matmul(sizes), { seed: 5 });
  const { C: expected } = interpret(matmul(sizes), inputs);
  const outputs = [1, 2].map((threads) => {
    const nest = panelMatmul(matmul(sizes), {
      ...sizes,
      threads,
      cacheBytes,
      broadcast: "shuffle",
    });
    return execute(nest, inputs, { fma: true, pool: threads === 2 ? pool : undefined }).C;
  });
  const error = Math.max(...Array.from(expected, (each, at) => Math.abs(each - outputs[0][at])));
  assert(error < 1e-6 * sizes.k, `off by ${error}`);
  assertEquals(outputs[1], outputs[0]);
});

Deno.test("panels give the same bits as the schedule without", () => {
  const small = { m: 193, k: 129, n: 194 };
  const inputs = randomInputs(matmul(small), { seed: 6 });
  assert(panelsPay(small));
  const { C } = execute(bestMatmul({ ...small, wide: true }), inputs, { fma: true });
  assertEquals(execute(bestMatmul(small), inputs, { fma: true }).C, C);
});

Deno.test("rows of A come from its panel four at a time", () => {
  const nest = panelMatmul(matmul({ m: 7, k: 8, n: 8 }), {
    m: 7,
    k: 8,
    n: 8,
    threads: 1,
    cacheBytes: 2 ** 21,
    broadcast: "shuffle",
  });
  assertEquals(pseudocode(nest).split("\n").slice(0, 9).map((line) => line.trim()), [
    "Bp = copy of B in the order jr, k, j: 1 x 8 x 8",
    "Ap = copy of A in the order ir, k, i: 2 x 8 x 5",
    "for (ir = 0; ir < 7; ir += 5)  // the last block has 2",
    "c = C[ir:ir+5][0:8]  // C stays in registers",
    "for (k = 0; k < 8; k++)",
    "Ar = A[ir:ir+5][k]  // A in registers, from Ap",
    "c[ir][0:4] += Ar[ir][k] * Bp[0][k][0:4]",
    "c[ir][4:8] += Ar[ir][k] * Bp[0][k][4:8]",
    "c[ir+1][0:4] += Ar[ir+1][k] * Bp[0][k][0:4]",
  ]);
  // Two copies; C; for each of 8 terms two vectors of B and, of A, 4 + 1 rows and then 2.
  const copies = 7 * 8 + 8 * 2;
  const sums = 7 * 2;
  assertEquals(count(nest).loads, copies + sums + 8 * (2 + 2) + 8 * (2 + 1));
});

Deno.test("elements of A are loaded for themselves where that is asked for", () => {
  const shape = { m: 192, k: 128, n: 192 };
  const stages = (broadcast?: "load" | "shuffle") =>
    bestMatmul({ ...shape, broadcast }).steps.filter(({ op }) => op === "stage").length;
  assertEquals([stages(), stages("shuffle"), stages("load")], [1, 1, 0]);
  const inputs = randomInputs(matmul(shape));
  const { C } = execute(bestMatmul(shape), inputs, { fma: true });
  assertEquals(execute(bestMatmul({ ...shape, broadcast: "load" }), inputs, { fma: true }).C, C);
  assertThrows(
    () => bestMatmul({ ...shape, broadcast: "copy" as "load" }),
    TypeError,
    'broadcast must be "shuffle" or "load", found copy',
  );
  const { best } = matmulVariants({ ...shape, broadcast: "load" });
  assertEquals(best, bestMatmul({ ...shape, broadcast: "load" }));
});

Deno.test("blocks of A take a quarter of the cache, as many for each thread", () => {
  const blockRows = (threads: number, cacheBytes?: number) =>
    bestMatmul({ m: 1024, k: 1024, n: 1024, threads, cacheBytes })
      .loops.find(({ name }) => name === "ti")?.step;
  assertEquals(blockRows(1), 260);
  assertEquals(blockRows(2), 260);
  assertEquals(blockRows(1, 2 ** 20), 130);
  assertEquals(blockRows(2, 2 ** 23), 515);
  assertEquals(blockRows(1, 2 ** 24), undefined);
});

Deno.test("sums are packed where they are too many for the cache", () => {
  const packs = (m: number, k: number, n: number) =>
    bestMatmul({ m, k, n }).packs.map(({ tensor, at }) => [tensor, at]);
  assertEquals(packs(256, 256, 256), [["B", null], ["A", null]]);
  assertEquals(packs(1024, 1024, 1024), [["B", "tk"], ["A", "ti"], ["C", null]]);
  assertEquals(packs(1024, 512, 1024), [["B", null], ["A", "ti"], ["C", "tj"]]);
  assertEquals(packs(640, 12800, 640), [["B", "tk"], ["A", "ti"], ["C", null]]);
});

Deno.test("panels are left where they do not pay, or products are not fused", () => {
  const packs = (options: Parameters<typeof bestMatmul>[0]) =>
    bestMatmul(options).packs.map(({ tensor }) => tensor);
  assertEquals(packs({ m: 128, k: 256, n: 256 }), ["B"]);
  assertEquals(packs({ m: 256, k: 256, n: 128 }), ["B"]);
  assertEquals(packs({ m: 256, k: 64, n: 256 }), ["B"]);
  assertEquals(packs({ m: 256, k: 256, n: 256, fma: false }), ["B"]);
});

Deno.test("the steps of panels replay", () => {
  for (const threads of [1, 2]) {
    const nest = bestMatmul({ ...sizes, m: 200, n: 200, threads });
    const plain = matmul({ ...sizes, m: 200, n: 200 });
    assertEquals(applySteps(plain, JSON.parse(JSON.stringify(nest.steps))), nest);
  }
});
