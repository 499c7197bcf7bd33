// What sweeps ask of machines, to the last option, and what they make of the answers; nothing is timed.
import { assertEquals } from "../assert.ts";
import {
  benchModelsApart,
  matmul,
  type Model,
  type Plan,
  tableFromRows,
  tableMetadata,
  tableToRows,
  timingRows,
  tuneNests,
  type Workers,
  type WorkTask,
  zoo,
} from "tinyloom";
import { type Table, tableToIPC } from "../../lib/npm/arrow.ts";
import { joinTables, tuneWithGain } from "../../lib/workers/timing_tasks.ts";
import { timingTable } from "../measure/timing_table.ts";

/** Machines that give what they are told to, and the tasks that they were given. */
function answering(answer: (task: WorkTask, at: number) => unknown) {
  const tasks: (WorkTask & { readonly options: object })[] = [];
  const machines: Workers = {
    run: <Result>(given: readonly WorkTask[]) => {
      tasks.push(...given as typeof tasks);
      const from = tasks.length - given.length;
      return Promise.resolve(given.map((task, i) => answer(task, from + i) as Result));
    },
  };
  return { machines, tasks };
}

const bytes = (table: Table) => tableToIPC(table, "file");
const nest = matmul({ m: 4, k: 4, n: 4 });
const found = (steps: readonly unknown[]) => ({
  ...{ best: nest, steps, ended: "evaluations", notes: [], measurement: null, gain: null },
  table: bytes(timingTable([{ kernel: "a" }])),
});

Deno.test("a search is told what was asked for, and no more", async () => {
  const plain = answering(() => found([]));
  await tuneNests({ small: nest }, { machines: plain.machines });
  const common = { kind: "tune", nest, measures: true };
  assertEquals(plain.tasks, [
    { ...common, options: { seed: 1, budgetMs: 17_000, gainMs: 3000 } } as never,
  ]);
  const full = answering(() => found([]));
  const options = { seed: 5, seeds: 2, budgetMs: 1000, evaluations: 7, threads: 2, fma: false };
  await tuneNests({ small: nest }, { ...options, machines: full.machines });
  const of = (seed: number) => ({ seed, budgetMs: 850, gainMs: 0 });
  const more = { evaluations: 7, threads: 2, fma: false };
  assertEquals(full.tasks, [
    { ...common, options: { ...of(5), ...more } } as never,
    { ...common, options: { ...of(6), ...more } } as never,
  ]);
});

Deno.test("winners are compared with as much time for each as one has, and the quickest is chosen", async () => {
  const gain = timingTable([
    { kernel: "naive", minNs: 1 },
    { kernel: "seed 2", minNs: 3 },
    { kernel: "seed 3", minNs: 2 },
  ]);
  const step = { kind: "parallel", loop: "i" };
  const asked = async (options: object) => {
    const { machines, tasks } = answering(({ kind }, at) =>
      kind === "gain" ? bytes(gain) : found(at === 0 ? [] : [step, at])
    );
    const [tuned] = await tuneNests({ small: nest }, { ...options, seeds: 3, machines });
    return { tuned, task: tasks[3] };
  };
  const { tuned, task } = await asked({});
  const schedules = { "seed 2": nest, "seed 3": nest };
  const common = { kind: "gain", nest, schedules, measures: true };
  assertEquals(task, { ...common, options: { seed: 1, budgetMs: 4500 } } as never);
  assertEquals([tuned.seed, tuned.steps], [3, [step, 2] as never]);
  assertEquals(timingRows(tuned.gain!).length, 3);
  assertEquals(tableToRows(tuned.table).map(({ seed }) => seed), [1, 2, 3]);
  const told = await asked({ budgetMs: 1000, fma: false, threads: 1 });
  const options = { seed: 1, threads: 1, fma: false, budgetMs: 225 };
  assertEquals(told.task, { ...common, options } as never);
});

Deno.test("one winner is compared with the plain loops, none with nothing", async () => {
  const kinds = async (steps: readonly (readonly unknown[])[]) => {
    const gain = timingTable([{ kernel: "naive" }, { kernel: "seed 1" }]);
    const { machines, tasks } = answering(({ kind }, at) =>
      kind === "gain" ? bytes(gain) : found(steps[at])
    );
    const [{ seed }] = await tuneNests({ small: nest }, { seeds: steps.length, machines });
    return [...tasks.map(({ kind }) => kind), seed];
  };
  assertEquals(await kinds([[]]), ["tune", 1]);
  assertEquals(await kinds([[1]]), ["tune", 1]);
  assertEquals(await kinds([[], []]), ["tune", "tune", 1]);
  assertEquals(await kinds([[1], []]), ["tune", "tune", "gain", 1]);
});

Deno.test("models are timed as was asked, and no more is said", async () => {
  const ad: Model = zoo("mlperf-tiny-ad");
  const plan = { peakBytes: 7 } as unknown as Plan;
  const asked = async (options: object) => {
    const { machines, tasks } = answering((_, at) => bytes(timingTable([{ kernel: `${at}` }])));
    const table = await benchModelsApart({ a: ad, b: ad }, { ...options, machines });
    assertEquals(tableToRows(table).length, tasks.length);
    return tasks.map(({ options, ...task }) => [options, Object.keys((task as never)["models"])]);
  };
  assertEquals(await asked({}), [
    [{ plans: {}, budgetMs: 2500 }, ["a"]],
    [{ plans: {}, budgetMs: 2500 }, ["b"]],
  ]);
  const options = { threads: 2, seed: 3, runs: 4, budgetMs: 100 };
  assertEquals(await asked({ ...options, plans: { b: plan } }), [
    [{ ...options, plans: {}, budgetMs: 50 }, ["a"]],
    [{ ...options, plans: { b: plan }, budgetMs: 50 }, ["b"]],
  ]);
  assertEquals(await asked({ together: true }), [[{ plans: {}, budgetMs: 5000 }, ["a", "b"]]]);
});

Deno.test("however little time there is for it, a winner is compared, unless there is none", async () => {
  const compared = async (gainMs: number) => {
    const options = { seed: 1, budgetMs: 5000, evaluations: 3, gainMs };
    const { steps, gain } = await tuneWithGain({ kind: "tune", nest, options });
    return [steps.length > 0, gain && timingRows(gain).map(({ kernel }) => kernel)];
  };
  assertEquals(await compared(1), [true, ["naive", "best"]]);
  assertEquals(await compared(0), [true, null]);
});

Deno.test("circumstances of several tables are those of all, or told as one", () => {
  const table = (metadata: Readonly<Record<string, unknown>>) => timingTable([{}], metadata);
  const one = {
    ...{ cores: 2, cpuModel: "x", startedUtc: "2026-02", os: "linux", runtime: "b", stopped: null },
    ...{ warmup: { minMs: 2, maxMs: 5 }, loadBefore: [1, 5, 2], loadAfter: null },
    ...{ wasmFeatures: ["simd128", "threads", "fma"] },
  };
  const other = {
    ...{ cores: 4, cpuModel: "x", startedUtc: "2026-01", os: "linux", runtime: "a", stopped: "t" },
    ...{ warmup: { minMs: 3, maxMs: 4 }, loadBefore: [2, 4, 3], loadAfter: [1, 2, 3] },
    ...{ wasmFeatures: ["fma", "simd128"] },
  };
  const { schemaVersion: _, ...joined } = tableMetadata(joinTables([table(one), table(other)]));
  assertEquals(joined, {
    ...{ cores: null, cpuModel: "x", startedUtc: "2026-01", os: "linux", runtime: "a; b" },
    ...{ stopped: "t", warmup: { minMs: 2, maxMs: 5 }, loadBefore: [2, 5, 3] },
    ...{ loadAfter: [1, 2, 3], wasmFeatures: ["simd128", "fma"] },
  });
  const columns = { text: "text", whole: "int32", real: "float64", yes: "boolean" } as const;
  const kinds = { text: "a", whole: 1, real: 0.5, yes: true };
  const two = joinTables([
    tableFromRows([kinds], { columns }),
    tableFromRows([kinds], { columns }),
  ]);
  assertEquals(
    two.schema.fields.map(({ type }) => String(type)),
    tableFromRows([kinds], { columns }).schema.fields.map(({ type }) => String(type)),
  );
  assertEquals(tableToRows(two), [kinds, kinds]);
});
