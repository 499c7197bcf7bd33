// What values say of themselves, word by word.
import {
  devices,
  installKernel,
  matmul,
  mediaBundle,
  type Model,
  planMemory,
  type Showable,
  tableFromRows,
  tile,
  zoo,
} from "tinyloom";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { single, tensor } from "../engine/single_operator.ts";

const model = zoo("mlperf-tiny-kws");

async function textOf(value: Showable): Promise<readonly string[]> {
  return (await mediaBundle(value))["text/plain"].split("\n");
}

Deno.test("a plan says its bytes, its proof, its peak, how it runs, and whether it fits", async () => {
  const device = devices.stm32f746;
  const plan = planMemory(model, { device, techniques: ["optimal-offsets"] });
  const known = [
    "peak at operator 1 DEPTHWISE_CONV_2D",
    "13 operators, 0 fused segments, 1.0000 times the model's multiply-accumulates",
    "Flash 39,406 B",
    plan.fit!.reason,
  ];
  assertEquals(await textOf(plan), [
    "Memory plan of mlperf-tiny-kws: 16,000 B",
    "optimal: it equals its lower bound",
    ...known,
  ]);
  const open = { ...plan, model: "", optimal: false, lowerBoundBytes: 15_999 };
  assertEquals(await textOf(open), [
    "Memory plan of the model: 16,000 B",
    "lower bound 15,999 B",
    ...known,
  ]);
  const bare = { ...plan, peak: null, fit: null };
  assertEquals((await textOf(bare)).slice(2), known.slice(1, 3));
  const patches = planMemory(zoo("mcunet-vww1"), { fusion: "patch", macBudget: 1.1 });
  assertEquals(
    (await textOf(patches))[3],
    `55 operators, 1 fused segments, ${
      patches.macFactor.toFixed(4)
    } times the model's multiply-accumulates`,
  );
  const html = String((await mediaBundle(plan))["text/html"]);
  assertStringIncludes(html, `<summary>${plan.buffers.length} buffers</summary>`);
});

Deno.test("a model says what it is and what was odd in its file, and has a graph if it is no giant", async () => {
  const [title, description, counts, head] = await textOf(model);
  assertEquals(title, "mlperf-tiny-kws: 13 operators");
  assertEquals(description, model.description);
  assertEquals(counts, "2,656,768 multiply-accumulates, 22,604 parameters");
  assertEquals(head.split(/ {2,}/).map((each) => each.trim()), [
    "index",
    "operator",
    "input shapes",
    "output shape",
    "MACs",
    "live",
  ]);
  const odd = { ...model, name: "", description: "", warnings: ["one thing", "another"] };
  assertEquals((await textOf(odd)).slice(0, 4), [
    "A model: 13 operators",
    counts,
    "one thing",
    "another",
  ]);
  const [relu] = single("RELU", {}, {
    inputs: [tensor("float32", [2])],
    outputs: [tensor("float32", [2])],
  }).operators;
  const chain = (length: number): Model => ({
    ...model,
    tensors: Array.from({ length: length + 1 }, () => tensor("float32", [2])),
    operators: Array.from({ length }, (_, i) => ({ ...relu, inputs: [i], outputs: [i + 1] })),
    inputs: [0],
    outputs: [length],
  });
  const hasGraph = async (length: number) =>
    String((await mediaBundle(chain(length)))["text/html"]).includes("<summary>Graph</summary>");
  assertEquals([await hasGraph(150), await hasGraph(151)], [true, false]);
});

Deno.test("a nest says its name, its shape and its schedule", async () => {
  const plain = matmul({ m: 8, k: 8, n: 8 });
  const htmlOf = async (value: Showable) => String((await mediaBundle(value))["text/html"]);
  const scheduled = await htmlOf(tile(plain, { j: 4 }));
  assertStringIncludes(scheduled, "<strong>matmul 8x8x8</strong><div>schedule: tile</div><pre>");
  assertStringIncludes(await htmlOf(plain), "<strong>matmul 8x8x8</strong><pre>");
});

Deno.test("twelve columns are shown as they are, of thirteen that differ the first twelve", async () => {
  const rows = (columns: number) =>
    tableFromRows([1, 2].map((row) => (
      Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c${i}`, row]))
    )));
  const columnsOf = async (count: number) => (await textOf(rows(count)))[0].split(/ +/);
  assertEquals(await columnsOf(12), Array.from({ length: 12 }, (_, i) => `c${i}`));
  assertEquals(await columnsOf(13), Array.from({ length: 12 }, (_, i) => `c${i}`));
  assertEquals(
    (await textOf(rows(13))).at(-1),
    '(12 of 13 columns; all: show(table, { columns: "all" }))',
  );
  // Where every row is like every other, nothing tells more than the rest.
  const same = tableFromRows([rows(13).get(0)!.toJSON()]);
  assertEquals((await textOf(same))[0].split(/ +/).length, 12);
});

Deno.test("what cannot be shown is described by five of its properties", async () => {
  const refused = (value: unknown, message: string) =>
    assertRejects(() => mediaBundle(value as Showable), TypeError, message);
  await refused({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, "an object with a, b, c, d, e; needed");
  await refused({}, "an object with no properties; needed");
});

Deno.test("a kernelspec is for everyone to read, in lines of two spaces", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { path, spec } = await installKernel({ directory, denoPath: "/usr/bin/deno" });
    assertEquals(await Deno.readTextFile(path), `${JSON.stringify(spec, null, 2)}\n`);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o644);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the text of a chart counts rows, names marks in layers and takes titles of two lines", async () => {
  const $schema = "https://vega.github.io/schema/vega-lite/v5.json";
  const data = { values: [{ a: 1, b: 2 }] };
  const x = { field: "a", type: "quantitative" };
  const layer = [
    { mark: { type: "line" }, encoding: { y: { field: "b", type: "quantitative" } } },
    { mark: "rule" },
    { mark: "rule" },
  ];
  const layered = { $schema, title: { text: ["one", "two"] }, data, encoding: { x }, layer };
  assertEquals(await textOf(layered), [
    "chart: one two (1 rows)",
    "  line: x = a, y = b",
    "  rule: x = a",
  ]);
  assertEquals(await textOf({ $schema, vconcat: [{ data, mark: "point" }] }), [
    "chart",
    "  point",
  ]);
  assert(
    (await textOf({ $schema, data, mark: "bar", encoding: { x: { value: 3 } } })).length === 2,
  );
});
