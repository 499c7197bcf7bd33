import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import {
  benchModels,
  chartModels,
  chartProfile,
  chartProfileRoofline,
  type ChartSpec,
  profileColumns,
  type ProfileRow,
  renderSvg,
  tableFromRows,
  zoo,
} from "tinyloom";

const layer: ProfileRow = {
  index: 0,
  operator: "CONV_2D",
  name: "y",
  shape: "1x8x8x16",
  dtype: "int8",
  kernel: "conv int8",
  schedule: "[]",
  form: "plain",
  threads: 1,
  minNs: 2000,
  medianNs: 2100,
  timeShare: 0.5,
  macs: 40_000,
  macFactor: 1,
  gmacPerS: 20,
  movedBytes: 4000,
  macsPerByte: 10,
};
const totals = { model: "net", threads: 1, runMinNs: 4100, gmacPerS: 9.76, explainedShare: 0.976 };
const peaks = {
  fmaGmacPerS: 20,
  mulAddGmacPerS: 10,
  dotGmacPerS: 40,
  relaxedDotGmacPerS: 80,
  loadGBPerS: { l1: 100, l2: 60, memory: 20 },
};

function table(...rows: Partial<ProfileRow>[]) {
  const all = rows.map((row, index) => ({ ...layer, index, ...row }));
  return tableFromRows(all, { columns: profileColumns, metadata: { totals } });
}

function legend(spec: ChartSpec): unknown {
  const [{ encoding }] = spec.layer as readonly { encoding: { color: { scale: unknown } } }[];
  return (encoding.color.scale as { domain: unknown }).domain;
}

Deno.test("a profile's bars have time and rate, and say how much of a run they are", async () => {
  const softmax = { operator: "SOFTMAX", shape: "1x2", macs: 0, gmacPerS: null, minNs: 130 };
  const spec = chartProfile(table({}, softmax));
  const svg = await renderSvg(spec);
  for (
    const text of [
      "net: 4.10 µs a run, 1 thread",
      "the layers are 97.6 % of a run",
      "0 CONV_2D 1x8x8x16",
      "2.00 µs, 20.0 GMAC/s",
      "1 SOFTMAX 1x2",
      ">130 ns<",
    ]
  ) assertStringIncludes(svg, text);
  assertEquals(legend(spec), ["CONV_2D", "SOFTMAX"]);
});

Deno.test("kinds beyond a dozen are drawn as one", () => {
  const kinds = Array.from({ length: 14 }, (_, i) => ({ operator: `OP${i}`, minNs: 1000 - i }));
  const domain = legend(chartProfile(table(...kinds))) as string[];
  assertEquals(domain.length, 12);
  assertEquals(domain.slice(0, 2).concat(domain.slice(-2)), ["OP0", "OP1", "OP10", "others"]);
});

Deno.test("an operator has one colour in the bars and in the roofline, whatever stands beside it", () => {
  const conv = { operator: "CONV_2D" };
  const charts = [
    chartProfile(table(conv, { operator: "SOFTMAX" })),
    chartProfile(table({ operator: "ADD" }, conv)),
    chartProfileRoofline(table({ operator: "DEPTHWISE_CONV_2D" }, conv), { peaks }),
  ];
  const colors = charts.map((chart) => {
    const [, domain, range] = /"domain":(\["[A-Z_0-9",]+\]),"range":(\["[^\]]+\])/.exec(
      JSON.stringify(chart),
    )!;
    return JSON.parse(range)[JSON.parse(domain).indexOf("CONV_2D")];
  });
  assertEquals(colors, ["#0072b2", "#0072b2", "#0072b2"]);
});

Deno.test("a profile's roofline names the layers that take longest", async () => {
  const rows = [{ minNs: 100 }, { minNs: 3000 }, { minNs: 200 }, { macs: 0, gmacPerS: null }];
  const svg = await renderSvg(chartProfileRoofline(table(...rows), { peaks, named: 2 }));
  // 20 GMAC/s of 80, twice as many operations.
  assertStringIncludes(svg, "layer 1 (25 %)");
  assertStringIncludes(svg, "layer 2 (25 %)");
  assert(!svg.includes(">layer 0") && !svg.includes(">layer 3"));
  assertStringIncludes(svg, "160 GOP/s");
  const floats = await renderSvg(chartProfileRoofline(table({ dtype: "float32" }), { peaks }));
  assertStringIncludes(floats, "40.0 GFLOP/s");
});

Deno.test("models are drawn with time and rate", async () => {
  const bench = await benchModels({ ad: zoo("mlperf-tiny-ad") }, {
    budgetMs: 30,
    settleMs: 0,
    environment: { gitCommit: null },
  });
  const svg = await renderSvg(chartModels(bench));
  for (const text of ["Time of a run, 1 thread", ">ad<", "GMAC/s"]) assertStringIncludes(svg, text);
  assertThrows(() => chartModels(tableFromRows([])), RangeError, "no rows");
});
