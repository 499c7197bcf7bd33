import { applySteps, bestMatmul, createPool, execute, interpret, matmul, wat } from "tinyloom";
import {
  matmulLadder,
  matmulLadderNames,
  matmulVariantNames,
  matmulVariants,
  matmulVariantStarts,
  randomInputs,
} from "tinyloom";
import { assert, assertEquals } from "../assert.ts";

const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [4, 4, 4],
  [5, 1, 7],
  [17, 31, 13],
  [1, 1000, 1],
  [7, 600, 1],
  [1, 40, 100],
  [2, 3, 100],
  [33, 70, 50],
  [9, 2600, 26],
];

function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(expected).reduce(
    (most, each, at) => Math.max(most, Math.abs(each - actual[at])),
    0,
  );
}

Deno.test("the best schedule is right for sizes that nothing divides", () => {
  using pool = createPool(2);
  for (const [m, k, n] of sizes) {
    for (const dtype of ["f32", "i8"] as const) {
      const inputs = randomInputs(matmul({ m, k, n, dtype }), { seed: m + k + n });
      const { C: expected } = interpret(matmul({ m, k, n, dtype }), inputs);
      for (const threads of [1, 2]) {
        for (const fma of [true, false]) {
          const nest = bestMatmul({ m, k, n, dtype, threads, fma });
          const { C } = execute(nest, inputs, { fma, pool: threads === 2 ? pool : undefined });
          const allowed = dtype === "i8" ? 0 : 1e-6 * k;
          const error = largestError(C, expected);
          assert(error <= allowed, `${m}x${k}x${n} ${dtype}, ${threads} threads: off by ${error}`);
        }
      }
    }
  }
});

Deno.test("without fusing, every variant gives the same bits", () => {
  const shape = { m: 19, k: 45, n: 23 };
  const variants = matmulVariants({ ...shape, fma: false });
  const inputs = randomInputs(matmul(shape), { seed: 3 });
  const { C: expected } = execute(variants.naive, inputs);
  for (const name of matmulVariantNames) {
    assertEquals([name, execute(variants[name], inputs).C], [name, expected]);
  }
});

Deno.test("each variant is the one it starts from and one technique more", () => {
  const variants = matmulVariants({ m: 64, k: 64, n: 64 });
  for (const [name, start] of Object.entries(matmulVariantStarts)) {
    const steps = variants[name as keyof typeof variants].steps;
    const before = start === null ? [] : variants[start].steps;
    assertEquals(steps.slice(0, before.length), before, name);
    assert(steps.length > before.length, name);
  }
  assertEquals(variants.tile.steps.slice(1).map(({ op }) => op), ["tile"]);
  assertEquals(variants.simd.steps.slice(1).map(({ op }) => op), ["vectorize"]);
  assertEquals(variants.threads.steps.slice(1).map(({ op }) => op), ["parallel"]);
});

Deno.test("every rung of the ladder computes the product, at any size", () => {
  using pool = createPool(2);
  for (const [m, k, n] of [[1, 1, 1], [3, 2, 1], [2, 300, 5], [19, 45, 23], [40, 520, 70]]) {
    for (const dtype of ["f32", "i8"] as const) {
      const inputs = randomInputs(matmul({ m, k, n, dtype }), { seed: 5 });
      const { C: expected } = interpret(matmul({ m, k, n, dtype }), inputs);
      const ladder = matmulLadder({ m, k, n, dtype });
      for (const name of matmulLadderNames) {
        const { C } = execute(ladder[name], inputs, {
          pool: name === "threads" ? pool : undefined,
        });
        const error = largestError(C, expected);
        assert(
          error <= (dtype === "i8" ? 0 : 1e-6 * k),
          `${name} ${m}x${k}x${n} ${dtype}: ${error}`,
        );
      }
    }
  }
});

Deno.test("each rung of the ladder has the steps of the one before, vectors last", () => {
  const ladder = matmulLadder({ m: 1024, k: 1024, n: 1024 });
  const [, ...rungs] = matmulLadderNames.map((name) =>
    ladder[name].steps.filter(({ op }) => op !== "vectorize").map((step) => JSON.stringify(step))
  );
  rungs.slice(1).forEach((steps, at) => assertEquals(steps.slice(0, rungs[at].length), rungs[at]));
  assertEquals(rungs.map((steps) => steps.length), [1, 1, 2, 7, 8, 9]);
  assertEquals(
    matmulLadderNames.map((name) => ladder[name].loops.some(({ mode }) => mode === "vector")),
    [false, false, true, true, true, true, true],
  );
});

const middling = { m: 21, k: 90, n: 50 };

Deno.test("the best schedule is a list of steps that replays", () => {
  for (const options of [{}, { fma: false }, { threads: 2 }, { wide: true }]) {
    const nest = bestMatmul({ ...middling, ...options });
    assertEquals(applySteps(matmul(middling), JSON.parse(JSON.stringify(nest.steps))), nest);
  }
});

Deno.test("every best schedule gives the same bits", () => {
  const inputs = randomInputs(matmul(middling), { seed: 1 });
  for (const fma of [false, true]) {
    const { C } = execute(bestMatmul({ ...middling, fma }), inputs, { fma });
    for (const options of [{ threads: 2 }, { wide: true }, { wide: true, threads: 2 }]) {
      const other = execute(bestMatmul({ ...middling, fma, ...options }), inputs, { fma });
      assertEquals(other.C, C);
    }
  }
});

Deno.test("a small B is used where it is, a larger one packed", () => {
  const packs = (m: number, k: number, n: number) =>
    bestMatmul({ m, k, n }).packs.map(({ tensor }) => tensor);
  assertEquals(packs(17, 31, 13), []);
  assertEquals(packs(256, 1000, 16), []);
  assertEquals(packs(4, 256, 256), []);
  assertEquals(packs(256, 256, 128), ["B"]);
});

Deno.test("the columns of a block leave no panel of few vectors", () => {
  const columns = (n: number) => {
    const { loops } = bestMatmul({ m: 64, k: 64, n });
    return loops.find(({ name }) => name === "jr")?.step;
  };
  assertEquals(columns(256), 24);
  assertEquals(columns(32), 16);
  assertEquals(columns(100), 20);
  assertEquals(columns(7), 8);
});

Deno.test("a wide block is as deep as divides the sum, or 64 where nothing does", () => {
  const depthOf = (k: number) => {
    const { loops } = bestMatmul({ m: 4, k, n: 32, wide: true });
    return loops.find(({ name }) => name === "tk")?.step ?? null;
  };
  assertEquals([40, 80, 160, 96, 82, 83, 166].map(depthOf), [40, 80, 80, 48, 41, 64, 64]);
});

Deno.test("wide blocks are at fixed addresses, which V8 can pair", async () => {
  const text = await wat(bestMatmul({ m: 8, k: 40, n: 32, wide: true }), { fma: true });
  const block = text.slice(0, text.indexOf("relaxed_madd"));
  const stores = text.slice(text.lastIndexOf("relaxed_madd"));
  assert(/i32\.const 0\s+v128\.load offset=\d+/.test(block));
  assert(/i32\.const 0\s+local\.get \d+\s+v128\.store offset=\d+/.test(stores));
});
