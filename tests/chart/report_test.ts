import { assert, assertEquals, assertRejects } from "../assert.ts";
import { chartSpeedup, reportHtml, tableMetadata, verdicts } from "tinyloom";
import { timingTable } from "../measure/timing_table.ts";

const table = timingTable([
  {},
  { kernel: "tiled", speedup: 2.93, speedupLow: 2.8, speedupHigh: 3 },
], { baseline: "naive", seed: 1, cpuModel: null, v8Flags: "", load: [0.5, 0.25] });

const page = await reportHtml({
  title: "Loops <and> tiles",
  summary: "tiled is faster.",
  sections: [{
    title: "Result",
    text: ["First.", "Second."],
    verdicts: verdicts(table),
    charts: [chartSpeedup(table)],
    table,
    columns: ["kernel", "medianNs", "speedup"],
  }, {
    title: "Nests",
    listings: [{ name: "naive", text: "for i < 8\n  for j < 8", note: "i, j" }],
  }],
  environment: tableMetadata(table),
});

Deno.test("a report shows texts, verdicts, charts, tables and nests", () => {
  for (
    const part of [
      "<h1>Loops &lt;and&gt; tiles</h1>",
      '<p class="summary">tiled is faster.</p>',
      "<p>First.</p>\n<p>Second.</p>",
      "<li>tiled: 2.93x faster than naive (2.80–3.00)</li>",
      "<figure><svg",
      '<td class="number" data-value="1200000">1.20 ms</td>',
      '<pre tabindex="0">for i &lt; 8\n  for j &lt; 8</pre>',
    ]
  ) assert(page.includes(part), part);
});

Deno.test("a report says which circumstances are unknown", () => {
  assert(page.includes("<dt>cpu model</dt><dd>unknown</dd>"));
  assert(page.includes("<dt>v8 flags</dt><dd>none</dd>"));
  assert(page.includes("<dt>load</dt><dd>0.5, 0.25</dd>"));
});

Deno.test("a report loads nothing: no address but SVG's own names", () => {
  const addresses = [...page.matchAll(/https?:\/\/[^"'\s<)]+/g)].map((match) => match[0]);
  assertEquals(addresses.filter((address) => !address.startsWith("http://www.w3.org/")), []);
  assert(!/<(link|img|iframe)\b|<script [^>]*src|\bimport\b|\bfetch\b|url\((?!#)/.test(page));
});

Deno.test("every colour of a chart has its counterpart on a dark page, or stands on both", () => {
  const svg = page.slice(page.indexOf("<svg"), page.indexOf("</svg>"));
  const used = new Set(
    [...svg.matchAll(/(?:fill|stroke)="(#\w+|white)"/g)].map(([, color]) => color),
  );
  const recolored = (color: string) => page.includes(`svg [fill="${color}"] { fill: #`);
  assertEquals([...used].filter((color) => !recolored(color)).sort(), ["#0072b2", "#8a949e"]);
});

Deno.test("a long listing is folded, a short one is not", async () => {
  const listing = (lines: number) => ({ name: `n${lines}`, text: "x\n".repeat(lines) });
  const html = await reportHtml({
    title: "x",
    sections: [{ title: "y", listings: [listing(40), listing(41)] }],
  });
  assertEquals(html.split("<summary>").length, 2);
  assert(html.includes("<summary>41 lines</summary>"));
});

Deno.test("marks of a chart tell in their titles what one sees when pointing at them", () => {
  assert(page.includes("<title>variant: tiled&#xA;times faster: 2.93x"));
});

Deno.test("every element of a report is closed", () => {
  const open: string[] = [];
  for (const [, closing, tag, rest] of page.matchAll(/<(\/?)([a-z][a-zA-Z0-9]*)([^>]*)>/g)) {
    if (rest.endsWith("/") || tag === "meta") continue;
    if (closing === "") open.push(tag);
    else assertEquals(open.pop(), tag);
  }
  assertEquals(open, []);
});

Deno.test("a report refuses a column that the table does not have", async () => {
  await assertRejects(
    () => reportHtml({ title: "x", sections: [{ title: "y", table, columns: ["speed"] }] }),
    RangeError,
    'No column "speed"',
  );
});
