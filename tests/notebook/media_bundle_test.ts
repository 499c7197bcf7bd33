import { tableFromArrays } from "apache-arrow";
import { mediaBundle, type Showable } from "tinyloom";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";

const BAR = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  title: "Misses",
  data: { values: [{ tile: 8, misses: 120 }, { tile: 64, misses: 31 }] },
  mark: "bar",
  encoding: {
    x: { field: "tile", type: "ordinal" },
    y: { field: "misses", type: "quantitative" },
  },
};

Deno.test("a table becomes HTML and text", async () => {
  const bundle = await mediaBundle(tableFromArrays({ kernel: ["a<b"], misses: [31] }));
  assertEquals(Object.keys(bundle).sort(), ["text/html", "text/plain"]);
  assertMatch(String(bundle["text/html"]), /a&lt;b/);
  assertMatch(bundle["text/plain"], /kernel +misses\na<b +31$/);
});

Deno.test("a table shows the columns asked for, and says which there are", async () => {
  const table = tableFromArrays({ kernel: ["best"], misses: [31], checksum: ["ff"] });
  const bundle = await mediaBundle(table, { columns: ["misses", "kernel"] });
  assertEquals(bundle["text/plain"], "misses  kernel\n    31  best");
  assert(!String(bundle["text/html"]).includes("checksum"));
  await assertRejects(() => mediaBundle(table, { columns: ["hits"] }), RangeError, "misses");
});

Deno.test("a chart becomes Vega-Lite, SVG and text, and never HTML, which would win", async () => {
  const bundle = await mediaBundle(BAR);
  assertEquals(Object.keys(bundle).sort(), [
    "application/vnd.vegalite.v5+json",
    "image/svg+xml",
    "text/plain",
  ]);
  assertEquals(bundle["application/vnd.vegalite.v5+json"], BAR);
  assertMatch(String(bundle["image/svg+xml"]), /^<svg/);
  assertEquals(bundle["text/plain"], "chart: Misses (2 rows)\n  bar: x = tile, y = misses");
});

Deno.test("a PNG is added by the given renderer, as base64", async () => {
  let seen = "";
  const renderPng = (svg: string) => {
    seen = svg;
    return Uint8Array.of(1, 2, 255);
  };
  assertEquals((await mediaBundle({ svg: "<svg/>" }, { renderPng }))["image/png"], "AQL/");
  assertEquals(seen, "<svg/>");
  assertEquals((await mediaBundle(BAR, { renderPng }))["image/png"], "AQL/");
  assertMatch(seen, /^<svg/);
});

Deno.test("markup keeps its type and gets a text form", async () => {
  assertEquals(await mediaBundle({ markdown: "*x*" }), {
    "text/markdown": "*x*",
    "text/plain": "*x*",
  });
  assertEquals(await mediaBundle({ html: "<p>a &lt; b</p><p>c</p>" }), {
    "text/html": "<p>a &lt; b</p><p>c</p>",
    "text/plain": "a < b\nc",
  });
  assertEquals(await mediaBundle({ svg: "<svg><text>hi</text></svg>", text: "a picture" }), {
    "image/svg+xml": "<svg><text>hi</text></svg>",
    "text/plain": "a picture",
  });
});

Deno.test("what cannot be shown is refused with what could be", async () => {
  const refused = async (value: unknown, message: string) => {
    const error = await assertRejects(() => mediaBundle(value as Showable), TypeError);
    assert(error.message.startsWith(message), error.message);
  };
  await refused(3, "Cannot show number; needed: an Arrow table");
  await refused(null, "Cannot show null; needed");
  await refused([1], "Cannot show an array; needed");
  await refused({ rows: 1 }, "Cannot show an object with rows; needed");
  await refused(
    { ...BAR, $schema: "https://vega.github.io/schema/vega-lite/v6.json" },
    'Cannot show a specification with $schema "https://vega.github.io/schema/vega-lite/v6.json"',
  );
});
