import {
  ablate,
  ablationRows,
  chartAblation,
  optimizationNames,
  renderSvg,
  tableFromRows,
  tableMetadata,
  zoo,
} from "../../mod.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "../assert.ts";

const quick = { budgetMs: 100, settleMs: 0, environment: { gitCommit: null } };

Deno.test("an ablation has a row for every rung, each with one optimization more", async () => {
  const table = await ablate(zoo("mlperf-tiny-ad"), quick);
  const rows = ablationRows(table);
  assertEquals(rows.map(({ optimization }) => optimization), ["none", ...optimizationNames]);
  assertEquals(rows.map(({ threads }) => threads), [1, 1, 1, 1, 1, 1, 1, 2]);
  assertEquals(JSON.parse(rows[2].optimizations), ["code-generation", "specialised-im2col"]);
  assertEquals(tableMetadata(table).model, "mlperf-tiny-ad");
  // 640 sums of int32; beside them a column of 128 int16; without sums the longest column, of 640.
  const workspace = rows.map(({ workspaceBytes }) => workspaceBytes);
  assertEquals(workspace, [2560, 2560, 2816, 1280, 1280, 1280, 0, 0]);
  assert(new Set(rows.map(({ arenaBytes }) => arenaBytes)).size === 1);
  assert(rows[0].codeBytes < rows[1].codeBytes);
  rows.slice(1).forEach((row, i) => {
    assertAlmostEquals(row.speedupStep, rows[i].minNs / row.minNs, 1e-9);
    assertAlmostEquals(row.mmacPerS, 1000 * row.macs / row.minNs, 1e-6);
  });
});

Deno.test("an ablation needs threads to add", async () => {
  const alone = () => ablate(zoo("mlperf-tiny-ad"), { ...quick, threads: 1 });
  await assertRejects(alone, RangeError, "threads is 1, needed at least 2");
});

Deno.test("the chart of an ablation names every rung, and what it adds", async () => {
  const row = {
    optimizations: "[]",
    threads: 1,
    minNs: 1,
    medianNs: 1,
    samples: 1,
    macs: 1,
    speedupLow: null,
    speedupHigh: null,
    arenaBytes: 1,
    workspaceBytes: 0,
    constantBytes: 1,
    codeBytes: 1,
  };
  const rows = [
    { ...row, rung: 0, optimization: "none", mmacPerS: 50, speedupStep: 1, speedup: 1 },
    {
      ...row,
      rung: 1,
      optimization: "code-generation",
      mmacPerS: 75,
      speedupStep: 1.5,
      speedup: 1.5,
    },
  ];
  const metadata = { model: "small" };
  const svg = await renderSvg(chartAblation(tableFromRows(rows, { metadata })));
  for (
    const text of [
      "small: 1.50x",
      "none (an interpreter",
      "+ code-generation",
      "75.0 MMAC/s, 1.50x",
    ]
  ) {
    assert(svg.includes(text), text);
  }
  const lone = tableFromRows([{ rung: 0 }]);
  assertThrows(() => chartAblation(lone), TypeError, "Not an ablation: it lacks the columns");
});
