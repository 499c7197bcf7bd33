import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import {
  footprint,
  loadTable,
  matmul,
  renderSvg,
  saveTable,
  tableFromRows,
  tableMetadata,
  tableToCsv,
  tableToHtml,
  tableToJson,
  tableToMarkdown,
  tableToRows,
  tableToText,
  writeWhole,
} from "tinyloom";
import { timingTable } from "./timing_table.ts";

const rows = [
  { kernel: "naive", medianNs: 13.2e9, sizeBytes: 344064, peakShare: null, verified: true },
  {
    kernel: 'tiled | "<j>"',
    medianNs: 99_940_000,
    sizeBytes: 12,
    peakShare: 0.924,
    verified: false,
  },
];

Deno.test("tableFromRows takes what an analysis returns as it is", () => {
  const table = tableFromRows(footprint(matmul({ m: 2, k: 3, n: 4 })));
  assertEquals(table.numRows, 9);
  assertEquals(table.getChild("elements")?.get(0), 6);
});

Deno.test("tableFromRows keeps values, nulls and metadata", () => {
  const table = tableFromRows(rows, { metadata: { seed: 7, note: "a", unknown: null } });
  assertEquals(tableToRows(table), rows);
  assertEquals(tableMetadata(table), { seed: 7, note: "a", unknown: null });
});

Deno.test("tableFromRows refuses values that do not fit their column", () => {
  assertThrows(
    () => tableFromRows([{ n: 1 }, { n: "2" }]),
    TypeError,
    'column "n", row 1: found string 2, needs a number',
  );
  assertThrows(
    () => tableFromRows([{ n: 2 ** 31 }], { columns: { n: "int32" } }),
    TypeError,
    "found number 2147483648, needs a 32-bit integer",
  );
  assertThrows(() => tableFromRows([{ n: 1n }]), TypeError, "found bigint 1");
});

Deno.test("a table without rows or columns is a table", () => {
  assertEquals(tableToRows(tableFromRows([])), []);
  assertEquals(tableToCsv(tableFromRows([], { columns: { kernel: "name" } })), "kernel\r\n");
});

Deno.test("tableToText aligns columns and writes units", () => {
  assertEquals(
    tableToText(tableFromRows(rows)),
    [
      "kernel          median       size  of peak  verified",
      "naive           13.2 s  344,064 B        –  yes",
      'tiled | "<j>"  99.9 ms       12 B   92.4 %  no',
      "",
    ].join("\n"),
  );
});

Deno.test("tableToText shows the columns asked for, in their order", () => {
  const table = tableFromRows(rows);
  assertEquals(
    tableToText(table, { columns: ["verified", "kernel"] }).split("\n")[1],
    "yes       naive",
  );
  assertThrows(
    () => tableToText(table, { columns: ["speed"] }),
    RangeError,
    'No column "speed"; there are kernel, medianNs',
  );
});

Deno.test("tableToMarkdown escapes what would end a cell", () => {
  assertEquals(
    tableToMarkdown(tableFromRows(rows), { columns: ["kernel", "medianNs"] }),
    "| kernel | median |\n|---|---:|\n| naive | 13.2 s |\n" + '| tiled \\| "\\<j>" | 99.9 ms |\n',
  );
});

Deno.test("tableToHtml escapes what would be markup", () => {
  const html = tableToHtml(tableFromRows(rows));
  assert(html.includes("tiled | &quot;&lt;j&gt;&quot;</td>"));
  assert(!html.includes("<j>"));
});

Deno.test("tableToCsv gives exact values and quotes where needed", () => {
  assertEquals(
    tableToCsv(tableFromRows(rows)),
    "kernel,medianNs,sizeBytes,peakShare,verified\r\n" +
      "naive,13200000000,344064,,true\r\n" +
      '"tiled | ""<j>""",99940000,12,0.924,false\r\n',
  );
});

Deno.test("tableToJson gives the schedule as steps and survives JSON", () => {
  const [row] = tableToJson(timingTable([{ schedule: '[{"op":"tile","axis":"j","size":64}]' }]));
  assertEquals(row.schedule, [{ op: "tile", axis: "j", size: 64 }]);
  assertEquals(JSON.parse(JSON.stringify(row)), row);
});

Deno.test("a saved table is the same when loaded, and leaves no other file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/record.arrow`;
    await saveTable(path, timingTable([{}, { kernel: "best", peakShare: 0.9 }], { seed: 3 }));
    const loaded = await loadTable(path);
    assertEquals(
      tableToRows(loaded),
      tableToRows(timingTable([{}, { kernel: "best", peakShare: 0.9 }])),
    );
    assertEquals(tableMetadata(loaded), { seed: 3 });
    assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), ["record.arrow"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a failed save leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/taken.arrow`);
    await assertRejects(() => saveTable(`${folder}/taken.arrow`, timingTable([{}])));
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadTable says what is wrong with a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/x.arrow`;
    await assertRejects(() => loadTable(path), Deno.errors.NotFound);
    await Deno.writeTextFile(path, "");
    await assertRejects(() => loadTable(path), TypeError, "nothing (it is empty)");
    await Deno.writeTextFile(path, '{"rows": []}');
    await assertRejects(
      () => loadTable(path),
      TypeError,
      'it begins with "{\\"rows", needs "ARROW1"',
    );
    await saveTable(path, timingTable([{}]));
    const whole = await Deno.readFile(path);
    await Deno.writeFile(path, whole.subarray(0, whole.length - 40));
    await assertRejects(() => loadTable(path), TypeError, "its end is missing");
    await Deno.writeFile(path, Uint8Array.from([...whole.subarray(0, 40), ...whole.subarray(-20)]));
    await assertRejects(() => loadTable(path), TypeError, "is not a readable Arrow IPC file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("columns that have no room are left out, the least important first", () => {
  const table = tableFromRows([
    { layer: 1, kernel: "conv_int8 with a very long name", macs: 1024, remark: "none at all" },
  ]);
  const narrow = (width: number, importance?: readonly string[]) =>
    tableToText(table, { width, ...(importance && { importance }) }).split("\n");
  assertEquals(narrow(80), [
    "layer  kernel                            MACs  remark",
    "    1  conv_int8 with a very long name  1,024  none at all",
    "",
  ]);
  // A text is cut to make room for a column, but to no less than 20 characters.
  assertEquals(narrow(50), [
    "layer  kernel                    MACs  remark",
    "    1  conv_int8 with a very…   1,024  none at all",
    "",
  ]);
  assertEquals(narrow(40, ["layer", "macs", "remark"]), [
    "layer   MACs  remark",
    "    1  1,024  none at all",
    "",
  ]);
  assertEquals(narrow(1, ["macs"])[1], "1,024");
});

Deno.test("two columns of one name are both there", async () => {
  const table = await loadTable(fixture("twins.arrow"));
  assertEquals(tableToRows(table), [{ a: 1n, "a 2": "p" }, { a: 2n, "a 2": "q" }]);
  assertEquals(tableToCsv(table), "a,a 2\r\n1,p\r\n2,q\r\n");
  assertEquals(tableToText(table).split("\n")[1], "1  p");
});

Deno.test("tables of other writers are read: compressed ones, streams, their types", async () => {
  const rows = [
    { kernel: "naive", medianNs: 1.5, macs: 1, note: "x".repeat(40) },
    { kernel: "best", medianNs: null, macs: 2 ** 40, note: "y" },
    { kernel: "best", medianNs: 3, macs: 3, note: "z" },
  ];
  for (const name of ["pyarrow_lz4.arrow", "pyarrow_zstd.arrow", "stream.arrows"]) {
    assertEquals(tableToJson(await loadTable(fixture(name))), rows, name);
  }
  assertEquals(tableToJson(await loadTable(fixture("polars_lz4.arrow")))[1], {
    kernel: "best",
    medianNs: null,
    big: 2 ** 40,
  });
  await assertRejects(() => loadTable(fixture("feather1.arrow")), TypeError, "version 1");
});

Deno.test("JSON holds what JSON can hold of every type", async () => {
  const [first, second] = tableToJson(await loadTable(fixture("kinds.arrow")));
  assertEquals(first, {
    big: "9007199254740993",
    price: 1.25,
    day: 86_400_000,
    at: 0.001,
    list: [1, 2],
    struct: { a: 1 },
    schedule: "not json",
    bin: [1],
  });
  assertEquals([second.big, second.price, second.schedule], [-1, -3.1, []]);
  JSON.stringify([first, second]);
});

Deno.test("an error of a file that cannot be written names that file", async () => {
  const error = await assertRejects(() => writeWhole("/nowhere/table.csv", "a"));
  assert((error as Error).message.includes("/nowhere/table.csv'"), (error as Error).message);
});

function fixture(name: string): string {
  return new URL(`fixtures/${name}`, import.meta.url).pathname;
}

Deno.test("a damaged Arrow file is read or refused, and never without end", async () => {
  const path = await Deno.makeTempFile({ suffix: ".arrow" });
  try {
    const rows = Array.from({ length: 9 }, (_, i) => ({ kernel: `k${i % 3}`, medianNs: i }));
    await saveTable(path, tableFromRows(rows));
    const good = await Deno.readFile(path);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      // Every place in turn, with values that make lengths large.
      const at = (i * 7919) % good.length;
      await Deno.writeFile(path, good.with(at, [255, 127, 1, 0, 8][i % 5]));
      await loadTable(path).catch((error) => {
        if (!(error instanceof TypeError)) throw error;
        refused++;
      });
    }
    assert(refused > 30, `${refused}`);
    // The length of a list in the footer, the kind of a message, the length of one.
    const view = new DataView(good.buffer.slice(0));
    const footer = good.length - 10 - view.getInt32(good.length - 10, true);
    const lists = Array.from({ length: 40 }, (_, i) => footer + 4 * i);
    for (const at of lists) {
      const bytes = good.slice();
      new DataView(bytes.buffer).setUint32(at, 2 ** 30, true);
      await Deno.writeFile(path, bytes);
      await loadTable(path).catch((error) => assert(error instanceof TypeError));
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("what names hold acts nowhere: not on terminals, in spreadsheets, Markdown, HTML or charts", async () => {
  const evil = "\x1b[31m\u202e<img src=x onerror='a'>|[x](y)`\r";
  const table = tableFromRows([{ kernel: evil, medianNs: 1 }, { kernel: "=1+1", medianNs: -2 }]);
  const shown = "\\u001b[31m\\u202e";
  // deno-lint-ignore no-control-regex -- these are looked for
  const acting = /[\x00-\x08\x0b-\x1f\u202e]/;
  for (const text of [tableToText(table), tableToMarkdown(table), tableToHtml(table)]) {
    assert(!acting.test(text), text);
  }
  assert(tableToText(table).includes(`${shown}<img`));
  assert(tableToHtml(table).includes("&lt;img src=x onerror=&#39;a&#39;&gt;"));
  assert(tableToMarkdown(table).includes("\\<img src=x onerror='a'>\\|\\[x\\](y)\\`"));
  const csv = tableToCsv(table).split("\r\n");
  assertEquals(csv[2], "'=1+1,-2");
  assert(csv[1].startsWith(shown) && !acting.test(csv[1]));
  const svg = await renderSvg({
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    data: { values: [{ name: evil }] },
    mark: "text",
    encoding: { text: { field: "name" } },
  });
  assert(!acting.test(svg) && svg.includes(shown));
});
