import { affine, bench, chartSpeedup, defineNest, matmul, matmulReport } from "tinyloom";
import { measurePeaks, parallel } from "tinyloom";
import { randomInputs, reorder, tableMetadata, tableToJson, timingRows, vectorize } from "tinyloom";
import { assert, assertEquals, assertRejects } from "../assert.ts";

const naive = matmul({ m: 24, k: 20, n: 28 });
const reordered = reorder(naive, ["i", "k", "j"]);
const roof = { l1: 90, l2: 60, memory: 20 };
const quick = { budgetMs: 60, settleMs: 0, warmUp: { minMs: 1, maxMs: 5 } };

Deno.test("bench verifies every nest and records its schedule", async () => {
  const simd = vectorize(reordered, "j");
  const { table, samples } = await bench({ naive, reordered, simd }, quick);
  const rows = tableToJson(table);
  assertEquals(rows.map((row) => row.kernel), ["naive", "reordered", "simd"]);
  assertEquals(rows.map((row) => row.schedule), [[], reordered.steps, simd.steps]);
  assert(
    rows.every((row) => row.verified && row.macs === 24 * 20 * 28 && row.shape === "24x20x28"),
  );
  assert(samples.numRows >= 3);
});

Deno.test("without fusing, orders that keep the additions have one checksum", async () => {
  const { table } = await bench({ naive, reordered }, { ...quick, fma: false });
  const [a, b] = timingRows(table);
  assertEquals(a.checksum, b.checksum);
});

Deno.test("the same seed gives the same inputs, and so the same checksum", async () => {
  const checksums = async (seed: number) =>
    timingRows((await bench({ naive }, { ...quick, seed })).table).map((row) => row.checksum);
  assertEquals(await checksums(5), await checksums(5));
  assert((await checksums(5))[0] !== (await checksums(6))[0]);
});

Deno.test("nests with a parallel loop get the threads asked for, others one", async () => {
  const threads = parallel(reordered, "i");
  const { table } = await bench({ naive, threads }, { ...quick, threads: 2 });
  assertEquals(timingRows(table).map((row) => row.threads), [1, 2]);
  // A nest whose only loop is parallel.
  const copy = defineNest({
    name: "copy",
    extents: { i: 40 },
    tensors: [
      { name: "X", dtype: "f32", shape: [40], role: "input" },
      { name: "Y", dtype: "f32", shape: [40], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "add",
      value: { kind: "read", access: { tensor: "X", index: [affine("i")] } },
    },
  });
  const alone = await bench({ copy: parallel(copy, "i") }, { ...quick, threads: 2 });
  assertEquals(timingRows(alone.table)[0].threads, 2);
});

Deno.test("peaks give each row its share", async () => {
  const peaks = {
    fmaGmacPerS: 20,
    mulAddGmacPerS: 10,
    dotGmacPerS: 40,
    relaxedDotGmacPerS: 80,
    loadGBPerS: roof,
  };
  const { table } = await bench({ naive }, { ...quick, peaks });
  const [row] = timingRows(table);
  assertEquals(row.peakShare, row.gmacPerS / 20);
});

Deno.test("inputs of the wrong length are refused before anything runs", async () => {
  const inputs = { ...randomInputs(naive), A: new Float32Array(3) };
  await assertRejects(
    () => bench({ naive }, { ...quick, inputs }),
    TypeError,
    'Input "A" of matmul must be f32[480], found f32[3]',
  );
});

Deno.test("different shapes cannot share given inputs", async () => {
  const other = matmul({ m: 2, k: 2, n: 2 });
  await assertRejects(
    () => bench({ naive, other }, { ...quick, inputs: randomInputs(naive) }),
    TypeError,
    "several shapes",
  );
});

Deno.test("the machine's peaks are positive and ordered as hardware is", () => {
  const { loadGBPerS, ...arithmetic } = measurePeaks({ budgetMs: 5 });
  assertEquals(Object.keys(arithmetic).length, 4);
  for (const rate of [...Object.values(arithmetic), ...Object.values(loadGBPerS)]) {
    assert(Number.isFinite(rate) && rate > 0);
  }
});

Deno.test("the report holds table, nests and charts in one page", async () => {
  const { table } = await bench({ naive, reordered }, quick);
  const peaks = {
    fmaGmacPerS: 20,
    mulAddGmacPerS: 10,
    dotGmacPerS: 40,
    relaxedDotGmacPerS: 80,
    loadGBPerS: roof,
  };
  const page = await matmulReport({ table, nests: { naive, reordered }, peaks });
  for (const part of ["<table", "<svg", "for (i = 0; i &lt; 24; i++)", "address updates"]) {
    assert(page.includes(part), part);
  }
  assert(tableMetadata(table).seed === 1 && "layer" in chartSpeedup(table));
});
