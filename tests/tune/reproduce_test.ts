import {
  affine,
  bench,
  benchConv,
  defineNest,
  matmul,
  parallel,
  randomInputs,
  reorder,
  reproduce,
  tableFromRows,
  tableMetadata,
  tableToRows,
  timingColumns,
  type TimingRow,
  timingRows,
  tune,
  vectorize,
} from "tinyloom";
import type { Table } from "apache-arrow";
import { ScheduleError } from "../../lib/schedule/loops.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

const quick = { budgetMs: 40, settleMs: 0, warmUp: { minMs: 1, maxMs: 2 } };
// Whatever the times are: what is told here does not depend on them.
const lenient = { budgetMs: 40, tolerance: 1e9, singleTolerance: 1e9 };

const naive = matmul({ m: 12, k: 10, n: 16 });
const reordered = reorder(naive, ["i", "k", "j"]);

/** The record with its rows changed. */
function edited(table: Table, edit: (row: TimingRow) => Partial<TimingRow>): Table {
  return tableFromRows(timingRows(table).map((row) => ({ ...row, ...edit(row) })), {
    columns: timingColumns,
    metadata: tableMetadata(table),
  });
}

Deno.test("a record of nests is repeated: schedules, seed, baseline, fusing, threads", async () => {
  const variants = { naive, reordered, both: parallel(vectorize(reordered, "j"), "i") };
  const options = { ...quick, seed: 7, baseline: "reordered", fma: false, threads: 2 };
  const { table } = await bench(variants, options);
  const { then, now, comparison, changed } = await reproduce(table, lenient);
  assertEquals(then, table);
  assertEquals([comparison.reproduced, changed], [true, []]);
  const facts = (record: Table) =>
    timingRows(record).map(({ kernel, schedule, threads, checksum }) => (
      { kernel, schedule, threads, checksum }
    ));
  assertEquals(facts(now), facts(table));
  const { seed, baseline, recipe } = tableMetadata(now);
  assertEquals([seed, baseline, recipe], [7, "reordered", tableMetadata(table).recipe]);
  assert(now.numRows === 3 && timingRows(now)[2].threads === 2);
});

Deno.test("the schedules that run are the record's, and other results are no reproduction", async () => {
  const { table } = await bench({ naive, reordered }, quick);
  const other = edited(
    table,
    ({ kernel }) =>
      kernel === "reordered"
        ? { schedule: JSON.stringify([{ op: "reorder", order: ["k", "i", "j"] }]) }
        : {},
  );
  const { now } = await reproduce(other, lenient);
  assertEquals(
    timingRows(now)[1].schedule,
    JSON.stringify([{ op: "reorder", order: ["k", "i", "j"] }]),
  );
  const wrong = edited(table, ({ kernel }) => kernel === "reordered" ? { checksum: "0" } : {});
  const { comparison } = await reproduce(wrong, lenient);
  assertEquals(comparison.rows.map(({ reproduced }) => reproduced), [true, false]);
  assertEquals(comparison.rows[1].reason, "the results differ although the seed is the same");
  const illegal = edited(table, () => ({ schedule: '[{"op":"reorder","order":["z"]}]' }));
  await assertRejects(() => reproduce(illegal, lenient), ScheduleError);
});

Deno.test("a nest with a maximum survives the record", async () => {
  const largest = defineNest({
    name: "largest",
    extents: { i: 4, j: 9 },
    tensors: [
      { name: "X", dtype: "f32", shape: [4, 9], role: "input" },
      { name: "Y", dtype: "f32", shape: [4], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "max",
      start: -Infinity,
      value: { kind: "read", access: { tensor: "X", index: [affine("i"), affine("j")] } },
    },
  });
  const { table } = await bench({ largest }, quick);
  const { comparison } = await reproduce(table, lenient);
  assertEquals(comparison.reproduced, true);
});

Deno.test("a record of layers is repeated, and a schedule that is made otherwise now is named", async () => {
  const shape = { height: 6, width: 6, inChannels: 4, outChannels: 8, kernel: [3, 3] } as const;
  const table = await benchConv({ ...shape, padding: "same" }, {
    ...quick,
    variants: ["implicit", "winograd2"],
  });
  const same = await reproduce(table, lenient);
  assertEquals([same.comparison.reproduced, same.changed], [true, []]);
  assertEquals(timingRows(same.now).map(({ kernel }) => kernel), ["implicit", "winograd2"]);
  const old = edited(table, ({ kernel }) => kernel === "winograd2" ? { schedule: "[]" } : {});
  assertEquals((await reproduce(old, lenient)).changed, ["winograd2"]);
});

Deno.test("of a tuning's log the fastest candidates run again, the fastest as the baseline", async () => {
  const { table } = await tune(naive, { budgetMs: 300, evaluations: 6, seed: 3 });
  const { then, now, comparison } = await reproduce(table, { ...lenient, candidates: 3 });
  const timed = tableToRows(table).filter(({ minNs }) => minNs !== null)
    .toSorted((a, b) => (a.minNs as number) - (b.minNs as number));
  const names = timed.slice(0, 3).map(({ index }) => `candidate ${index}`);
  assertEquals(timingRows(then).map(({ kernel }) => kernel), names);
  assertEquals(timingRows(now).map(({ kernel }) => kernel), names);
  assertEquals(tableMetadata(now).baseline, names[0]);
  assertEquals(
    timingRows(now).map((row) => row.schedule),
    timed.slice(0, 3).map((row) => row.schedule),
  );
  assertEquals(comparison.reproduced, true);
});

Deno.test("what cannot be repeated is refused, with the reason", async () => {
  const refused = (table: Table, message: string) =>
    assertRejects(() => reproduce(table, lenient), TypeError, message);
  const own = await bench({ naive }, { ...quick, inputs: randomInputs(naive, { seed: 9 }) });
  await refused(own.table, "timed on inputs of its caller's");
  const { table } = await bench({ naive }, quick);
  const { recipe: _, ...metadata } = tableMetadata(table);
  const older = tableFromRows(timingRows(table), { columns: timingColumns, metadata });
  await refused(older, "does not carry what was computed");
  await refused(tableFromRows([{ op: "ADD" }]), "Not a timing record");
  const { table: judged } = await tune(naive, {
    evaluations: 2,
    evaluator: { name: "ones", evaluate: () => 1 },
  });
  await refused(judged, 'The log\'s figures are by "ones", which is no clock');
});
