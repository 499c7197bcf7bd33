// Sweeps of timings: a task for each piece, and what is compared is timed on one machine.
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import {
  applySteps,
  benchModels,
  benchModelsApart,
  connectWorkers,
  matmul,
  type Model,
  tableFromRows,
  tableMetadata,
  tableToRows,
  timingRows,
  tuneNests,
  type Workers,
  type WorkTask,
  zoo,
} from "tinyloom";
import { connect, jetstreamManager } from "../../lib/npm/nats.ts";
import { DATA, TASKS } from "../../lib/workers/nats_link.ts";
import { joinTables } from "../../lib/workers/timing_tasks.ts";
import { hasServer, startServer, startWorker } from "./nats_server.ts";
import { workersHere } from "./workers_here.ts";

const loose = { ignore: !hasServer, sanitizeOps: false, sanitizeResources: false };
const ad = zoo("mlperf-tiny-ad");
const kws = zoo("mlperf-tiny-kws");
const product = (m: number) => matmul({ m, k: 8, n: 8 });

/** Tasks that were given out, and whether they are to run alone. */
type Seen = WorkTask & {
  readonly options: {
    readonly seed: number;
    readonly budgetMs: number;
    readonly gainMs?: number;
    readonly plans?: object;
  };
  readonly models?: object;
  readonly schedules?: object;
};

/** Workers of this process, and what they were given. */
function seeing(before: (task: Seen) => void = () => {}): { machines: Workers; seen: Seen[] } {
  const seen: Seen[] = [];
  const machines = workersHere((task) => {
    seen.push(task as Seen);
    before(task as Seen);
  });
  return { machines, seen };
}

/** A model with an operator that nobody knows. */
function unknown(model: Model): Model {
  const [first, ...others] = model.operators;
  return { ...model, operators: [{ ...first, op: "ODDITY" } as never, ...others] };
}

Deno.test("each model is a task of its own with its share of the time, and rows tell the machine", async () => {
  const { machines, seen } = seeing();
  const counts: number[] = [];
  const table = await benchModelsApart({ ad, kws }, {
    ...{ machines, budgetMs: 600, runs: 3, seed: 4, onDone: (count) => counts.push(count) },
  });
  assertEquals(
    seen.map(({ kind, measures, models, options }) => [
      ...[kind, measures, Object.keys(models!), options.budgetMs, options.seed],
    ]),
    [["bench", true, ["ad"], 300, 4], ["bench", true, ["kws"], 300, 4]],
  );
  assertEquals(counts, [1, 2]);
  const rows = tableToRows(table);
  assertEquals(rows.map(({ model, macs }) => [model, macs]), [["ad", 264_192], ["kws", 2_656_768]]);
  const times = rows.map(({ environment }) => JSON.parse(String(environment)));
  for (const { wasmFeatures, loadAfter, startedUtc } of times) {
    assert(wasmFeatures.includes("simd128") && loadAfter.length === 3);
    assertMatch(startedUtc, /^\d{4}-/);
  }
  const { startedUtc, runs, loadBefore: _ } = tableMetadata(table);
  assertEquals([startedUtc, runs], [times.map((each) => each.startedUtc).sort()[0], 3]);
  // The same columns as here, and of the same kinds.
  const here = await benchModels({ ad, kws }, { budgetMs: 100, runs: 3, settleMs: 0 });
  assertEquals(
    table.schema.fields.slice(0, -2).map(({ name, type }) => `${name} ${type}`),
    here.schema.fields.map(({ name, type }) => `${name} ${type}`),
  );
});

Deno.test("together they are one task, and without machines they are timed here", async () => {
  const { machines, seen } = seeing();
  const options = { budgetMs: 200, runs: 2 };
  const table = await benchModelsApart({ ad, kws }, { ...options, machines, together: true });
  assertEquals(seen.map(({ models, options }) => [Object.keys(models!), options.budgetMs]), [
    [["ad", "kws"], 200],
  ]);
  assertEquals(table.numRows, 2);
  const here = await benchModelsApart({ ad }, options);
  assertEquals(tableToRows(here).map(({ model }) => model), ["ad"]);
  await assertRejects(() => benchModelsApart({}, { machines }), TypeError, "no models");
});

Deno.test("of several seeds the winners are timed against each other, of one size a task", async () => {
  const { machines, seen } = seeing();
  const nests = { small: product(4), large: product(8) };
  const counts: number[] = [];
  const tuned = await tuneNests(nests, {
    ...{ machines, seed: 3, seeds: 2, budgetMs: 200, evaluations: 3, fma: false },
    onDone: (count) => counts.push(count),
  });
  const searches = seen.filter(({ kind }) => kind === "tune");
  assertEquals(searches.map(({ options }) => options.seed).sort(), [3, 3, 4, 4]);
  assert(seen.every(({ measures }) => measures));
  const gains = seen.filter(({ kind }) => kind === "gain");
  assertEquals(gains.map(({ schedules }) => Object.keys(schedules!)), [
    ...[["seed 3", "seed 4"], ["seed 3", "seed 4"]],
  ]);
  assertEquals(counts, [1, 2, 3, 4, 5, 6]);
  assertEquals(tuned.map(({ name }) => name), ["small", "large"]);
  for (const { name, best, steps, seed, table, gain, measurement } of tuned) {
    assertEquals(applySteps(nests[name as keyof typeof nests], steps), best);
    const [naive, ...winners] = timingRows(gain!);
    assertEquals([naive.kernel, naive.speedup], ["naive", 1]);
    const fastest = winners.toSorted((a, b) => a.minNs - b.minNs)[0];
    assertEquals(`seed ${seed}`, fastest.kernel);
    assertEquals(JSON.parse(fastest.schedule), steps);
    assertEquals(new Set(tableToRows(gain!).map(({ environment }) => environment)).size, 1);
    assertEquals([...new Set(tableToRows(table).map(({ seed }) => seed))], [3, 4]);
    assertEquals(tableMetadata(measurement!.table).seed, seed);
  }
});

Deno.test("a single search compares with the plain loops on its own machine", async () => {
  const { machines, seen } = seeing();
  const options = { budgetMs: 200, evaluations: 2 };
  const [there] = await tuneNests({ one: product(4) }, { ...options, machines });
  assertEquals(seen.map(({ kind, options }) => [kind, options.gainMs]), [["tune", 30]]);
  const [here] = await tuneNests({ one: product(4) }, options);
  for (const { seed, gain, table } of [there, here]) {
    assertEquals([seed, timingRows(gain!).map(({ kernel }) => kernel)], [1, ["naive", "best"]]);
    assertEquals(table.getChild("seed"), null);
  }
  // With the same seed the same is tried, wherever.
  const schedules = [there, here].map(({ table }) => tableToRows(table)[0].schedule);
  assertEquals(schedules[0], schedules[1]);
  await assertRejects(
    () => tuneNests({ one: product(4) }, { machines, cacheFile: "times.jsonl" }),
    TypeError,
    "cacheFile keeps times of this machine",
  );
});

Deno.test("what is done when a sweep is interrupted is returned; nothing is an error", async () => {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const { machines } = seeing();
  const onDone = () => interrupt.abort();
  // One of the tasks is not begun before the signal fires.
  const first: Workers = {
    run: async (tasks, how) => {
      const waits = Object.hasOwn((tasks[0] as Seen).models!, "kws");
      if (waits) await new Promise((resolve) => how!.signal!.addEventListener("abort", resolve));
      return await machines.run(tasks, how);
    },
  };
  const table = await benchModelsApart({ ad, kws }, {
    ...{ machines: first, signal, onDone, budgetMs: 200, runs: 2 },
  });
  assertEquals(tableToRows(table).map(({ model }) => model), ["ad"]);
  const options = { machines, signal, budgetMs: 200 };
  await assertRejects(() => benchModelsApart({ ad, kws }, options), DOMException);
  await assertRejects(() => tuneNests({ one: product(4) }, options), DOMException);
});

Deno.test("circumstances of several machines are what they have in common", () => {
  const about = { schemaVersion: 1, seed: 7, cores: 2, timerStepNs: 100 };
  const one = tableFromRows([{ model: "a", macs: 5 }], {
    columns: { model: "name", macs: "int32" },
    metadata: {
      ...about,
      ...{ os: "linux x86_64", cpuModel: "A", startedUtc: "2026-03-01T10:00:05Z" },
      ...{ warmup: { minMs: 5, maxMs: 9 }, stopped: "runs", wasmFeatures: ["simd128", "threads"] },
      ...{ loadBefore: [1, 4, 2], loadAfter: null },
    },
  });
  const two = tableFromRows([{ model: "b", macs: null }], {
    columns: { model: "name", macs: "int32" },
    metadata: {
      ...about,
      ...{ os: "linux aarch64", cpuModel: "B", startedUtc: "2026-03-01T10:00:01Z" },
      ...{ warmup: { minMs: 6, maxMs: 20 }, stopped: "budget", wasmFeatures: ["simd128"] },
      ...{ loadBefore: [2, 3, 1], loadAfter: [1, 1, 1] },
    },
  });
  const joined = joinTables([one, two]);
  assertEquals(tableToRows(joined), [{ model: "a", macs: 5 }, { model: "b", macs: null }]);
  assertEquals(`${joined.schema.fields[1].type}`, "Int32");
  assertEquals(tableMetadata(joined), {
    ...about,
    ...{ os: "linux aarch64; linux x86_64", cpuModel: null, startedUtc: "2026-03-01T10:00:01Z" },
    ...{ warmup: { minMs: 5, maxMs: 20 }, stopped: "budget; runs", wasmFeatures: ["simd128"] },
    ...{ loadBefore: [2, 4, 2], loadAfter: [1, 1, 1] },
  });
  assertEquals(joinTables([one]), one);
});

Deno.test({
  name: "a sweep goes on when a worker is killed, and a poisoned piece is told by its name",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url });
    await using first = startWorker(server.url, { own: false, args: ["--name", "anna"] });
    let second: AsyncDisposable | undefined;
    const nests = { a: product(4), b: product(5), c: product(6), d: product(7) };
    const tuned = await tuneNests(nests, {
      ...{ machines, budgetMs: 300, evaluations: 3 },
      onDone: (count) => {
        if (count !== 1) return;
        first.kill("SIGKILL");
        second = startWorker(server.url, { own: false, args: ["--name", "berta"] });
      },
    });
    assertEquals(tuned.map(({ name }) => name), ["a", "b", "c", "d"]);
    for (const { gain } of tuned) assertEquals(timingRows(gain!).length, 2);
    await assertRejects(
      () => benchModelsApart({ ad, odd: unknown(ad) }, { machines, budgetMs: 200, runs: 2 }),
      Error,
      "odd: task 1 of 1 (bench) failed 3 times, at last at berta: ",
    );
    await second?.[Symbol.asyncDispose]();
  },
});

Deno.test({
  name: "an interrupted sweep ends at once and takes its tasks back",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url });
    const interrupt = new AbortController();
    const nats = await connect({ servers: server.url });
    const { streams } = await jetstreamManager(nats);
    const waiting = async (name: string) => (await streams.info(name)).state.messages;
    const running = tuneNests({ a: product(4), b: product(8) }, {
      ...{ machines, seeds: 3, signal: interrupt.signal },
    }).catch(({ name }) => name);
    while (await waiting(TASKS) < 6) await new Promise((resolve) => setTimeout(resolve, 20));
    interrupt.abort();
    assertEquals(await running, "AbortError");
    assertEquals(await waiting(TASKS), 0);
    await machines[Symbol.asyncDispose]();
    assertEquals(await waiting(DATA), 0);
    await nats.close();
  },
});
