import {
  type Broadcast,
  createEngine,
  matmul,
  mediaBundle,
  planMemory,
  profile,
  show,
  summarize,
  tableFromRows,
  tile,
  zoo,
} from "tinyloom";
import { isOver, lookedAfter, setHost, watched } from "../../lib/host.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

const DISPLAY = Symbol.for("Jupyter.display");

type Bundle = Readonly<Record<string, string>>;

/** As the kernel asks for it. */
async function displayOf(value: object): Promise<Bundle> {
  return await (value as { readonly [DISPLAY]: () => Promise<Bundle> })[DISPLAY]();
}

const model = zoo("mlperf-tiny-kws");
const plan = planMemory(model);
const nest = tile(matmul({ m: 8, k: 8, n: 8 }), { j: 4 });
const engine = createEngine(model);

Deno.test("values show themselves richly, by the method that the kernel asks for", async () => {
  const shown = {
    plan: [plan, "Memory plan of mlperf-tiny-kws: 8,063 B", "<svg"],
    model: [model, "2,656,768 multiply-accumulates", "DEPTHWISE_CONV_2D"],
    engine: [engine, "arena 8,255 B", "depthwise int8"],
    nest: [nest, "schedule: tile", "<pre>"],
    table: [summarize(model), "CONV_2D", "<table>"],
  } as const;
  for (const [kind, [value, first, second]] of Object.entries(shown)) {
    const bundle = await displayOf(value);
    assertEquals(Object.keys(bundle).sort(), ["text/html", "text/plain"], kind);
    for (const part of [first, second]) assertStringIncludes(bundle["text/html"], part, kind);
    assert(!/<(div|table|svg)/.test(bundle["text/plain"]), kind);
  }
});

Deno.test("what is shown richly stays plain data", () => {
  for (const value of [plan, model, nest]) {
    assertEquals(Object.keys(value).length, Reflect.ownKeys(value).length - 1);
    assert(!(DISPLAY in { ...value }));
    assert(!(DISPLAY in structuredClone(value)));
  }
  assertEquals(JSON.parse(JSON.stringify(plan)), { ...plan });
});

Deno.test("copies are shown all the same, by their shape", async () => {
  for (const value of [{ ...plan }, { ...model }, { ...nest }, { ...engine }]) {
    assertEquals(await mediaBundle(value), await mediaBundle(value));
    assertMatch((await show(value, { broadcast: null }))!, /Memory plan|operators|for \(|layers/);
  }
});

Deno.test("a wide table is shown in the columns worth reading, all on request", async () => {
  const table = await profile(engine, { budgetMs: 20, environment: { gitCommit: null } });
  const { "text/html": html, "text/plain": text } = await displayOf(table);
  assertMatch(text.split("\n")[0], /^index +operator +shape +kernel/);
  assertMatch(text, /\(\d+ of 17 columns; all: show\(table, \{ columns: "all" \}\)\)$/);
  assertStringIncludes(html, "<svg", "a profile is drawn");
  const all = await mediaBundle(table, { columns: "all" });
  assertEquals(all["text/plain"].split("\n")[0].includes("schedule"), true);
  assert(!text.split("\n")[0].includes("schedule"));
  assert(!all["text/plain"].includes("columns"));
});

Deno.test("of a wide table of no known kind what differs is shown", async () => {
  const row = (first: number) =>
    Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`c${i}`, i === 13 ? first : 7]));
  const { "text/plain": text } = await displayOf(tableFromRows([row(1), row(2)]));
  assertEquals(text.split("\n"), [
    "c13",
    "  1",
    "  2",
    '(1 of 14 columns; all: show(table, { columns: "all" }))',
  ]);
});

Deno.test("a long table is shown in pages, a short one as it is", async () => {
  const rows = (count: number) => tableFromRows(Array.from({ length: count }, (_, i) => ({ i })));
  assert(!(await displayOf(rows(25)))["text/html"].includes("<script>"));
  const long = (await displayOf(rows(26)))["text/html"];
  assertStringIncludes(long, "<script>");
  assertEquals(long.split("<tr>").length - 1, 27, "without the script all rows are there");
});

Deno.test("a slice of a table shows itself as the table does", async () => {
  assertStringIncludes((await displayOf(summarize(model).slice(0, 2)))["text/html"], "<table>");
});

Deno.test("long work tells whoever watches, and ends at the stop button with what it has", async () => {
  const updates: (readonly [number, string])[] = [];
  let ends = 0;
  const stop = new AbortController();
  const host = await withHost({
    display: () => null,
    lookOut: () => null,
    watch: () => ({
      signal: stop.signal,
      update: (...update) => {
        updates.push(update);
        if (updates.length === 2) stop.abort();
      },
      end: async () => void await (ends++, null),
    }),
  }, async () => {
    const work = { label: "count", total: 9, unit: "" } as const;
    const state = (done: number) => [done, `step ${done}`] as const;
    const count = (options: { signal?: AbortSignal; onProgress?: (done: number) => void }) =>
      watched(options, { ...work, state }, async ({ signal, onProgress }) => {
        let done = 0;
        for (; done < 9 && !signal?.aborted; done++) onProgress?.(done + 1);
        // Work within work has no bar of its own.
        await watched({}, { ...work, state }, () => Promise.resolve());
        return await Promise.resolve(done);
      });
    const stopped = await count({});
    const own: number[] = [];
    const whole = await count({ onProgress: (done) => void own.push(done) });
    return { stopped, whole, own: own.length };
  });
  assertEquals(host, { stopped: 2, whole: 9, own: 9 });
  assertEquals(updates, [[1, "step 1"], [2, "step 2"]]);
  assertEquals(ends, 1);
});

Deno.test("a plan that is stopped is one, and does not claim to be the best", async () => {
  const fused = () => planMemory(zoo("mcunet-vww1"), { fusion: "best", macBudget: 2 });
  let looks = 0;
  const stopped = await withHost({
    display: () => null,
    watch: () => null,
    lookOut: () => ({ isStopped: () => ++looks > 3, end: () => {} }),
  }, () => Promise.resolve(fused()));
  assert(looks > 3);
  assert(stopped.peakBytes > 0 && !stopped.optimal);
  assertEquals(fused().optimal, true);
});

Deno.test("outside of such work only the clock counts", async () => {
  await withHost({
    display: () => null,
    watch: () => null,
    lookOut: () => ({ isStopped: () => true, end: () => {} }),
  }, () => {
    const later = performance.now() + 60_000;
    assertEquals(isOver(later), false);
    assertEquals(lookedAfter({ label: "", total: 1, unit: "" }, () => isOver(later)), true);
    assertEquals(isOver(0), true);
    return Promise.resolve();
  });
});

/** The notebook's own host comes back in the end. */
async function withHost<Result>(
  host: Parameters<typeof setHost>[0],
  run: () => Promise<Result>,
): Promise<Result> {
  const before = setHost(host);
  try {
    return await run();
  } finally {
    setHost(before);
  }
}

Deno.test("show sends what a value shows of itself", async () => {
  const sent: Record<string, unknown>[] = [];
  const broadcast: Broadcast = (_, content) => {
    sent.push(content);
    return Promise.resolve();
  };
  await show(nest, { broadcast });
  assertEquals((sent[0].data as Bundle)["text/html"], (await displayOf(nest))["text/html"]);
});
