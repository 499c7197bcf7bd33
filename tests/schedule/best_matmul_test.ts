import { applySteps, bestMatmul, createPool, execute, interpret, matmul } from "tinyloom";
import { matmulVariantNames, matmulVariants, randomInputs } from "tinyloom";
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

Deno.test("the best schedule is a list of steps that replays", () => {
  for (const dtype of ["f32", "i8"] as const) {
    const best = bestMatmul({ m: 64, k: 3000, n: 64, dtype });
    const steps = JSON.parse(JSON.stringify(best.steps));
    assertEquals(applySteps(matmul({ m: 64, k: 3000, n: 64, dtype }), steps), best);
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
