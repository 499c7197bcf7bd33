import { applySteps, bestMatmul, execute, matmul, randomInputs, wat } from "tinyloom";
import { assert, assertEquals } from "../assert.ts";

const sizes = { m: 21, k: 90, n: 50 };

Deno.test("the best schedule is a list of steps that replays", () => {
  for (const options of [{}, { fma: false }, { threads: 2 }, { wide: true }]) {
    const nest = bestMatmul({ ...sizes, ...options });
    assertEquals(applySteps(matmul(sizes), JSON.parse(JSON.stringify(nest.steps))), nest);
  }
});

Deno.test("every best schedule gives the same bits", () => {
  const inputs = randomInputs(matmul(sizes), { seed: 1 });
  for (const fma of [false, true]) {
    const { C } = execute(bestMatmul({ ...sizes, fma }), inputs, { fma });
    for (const options of [{ threads: 2 }, { wide: true }, { wide: true, threads: 2 }]) {
      const other = execute(bestMatmul({ ...sizes, fma, ...options }), inputs, { fma });
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
  assertEquals(packs(256, 256, 256), ["B"]);
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

Deno.test("wide blocks are at fixed addresses, which V8 can pair", async () => {
  const text = await wat(bestMatmul({ m: 8, k: 40, n: 32, wide: true }), { fma: true });
  const block = text.slice(0, text.indexOf("relaxed_madd"));
  const stores = text.slice(text.lastIndexOf("relaxed_madd"));
  assert(/i32\.const 0\s+v128\.load offset=\d+/.test(block));
  assert(/i32\.const 0\s+local\.get \d+\s+v128\.store offset=\d+/.test(stores));
});
