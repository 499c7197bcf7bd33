import { tableFromRows, timingColumns } from "tinyloom";
import {
  chartCacheMisses,
  chartRoofline,
  type ChartSpec,
  chartSpeedup,
  chartThroughput,
  renderPng,
  renderSvg,
} from "tinyloom";
import { isWideRange, logTicks, placeLabels } from "../../lib/chart/chart_spec.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { timingTable } from "../measure/timing_table.ts";

const $schema = "https://vega.github.io/schema/vega-lite/v5.json";
const ladder = timingTable([
  { peakShare: 0.01 },
  { kernel: "tiled", speedup: 2.93, speedupLow: 2.8, speedupHigh: 3, peakShare: 0.04 },
  { kernel: "slower", speedup: 0.8, speedupLow: 0.78, speedupHigh: 0.82, peakShare: 0.01 },
]);
const wide = timingTable([
  {},
  { kernel: "best", speedup: 67.3, speedupLow: 65, speedupHigh: 69 },
  { kernel: "best", speedup: 131.9, speedupLow: null, speedupHigh: null, threads: 2 },
]);
const sizes = timingTable(
  [64, 128].flatMap((n) =>
    ["naive", "best"].map((kernel) => ({
      kernel,
      shape: `${n}x${n}x${n}`,
      macs: n ** 3,
      gmacPerS: kernel === "best" ? 20 + n / 64 : 0.4,
    }))
  ),
);

/** The texts that a drawn chart shows, in drawing order. */
async function texts(spec: ChartSpec): Promise<readonly string[]> {
  const svg = await renderSvg(spec);
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

function inOrder(found: readonly string[], wanted: readonly string[]): void {
  assertEquals(found.filter((text) => wanted.includes(text)), wanted);
}

Deno.test("chartSpeedup draws bars in the order of the rows, with speed-up and share of peak", async () => {
  const found = await texts(chartSpeedup(ladder));
  inOrder(found, ["naive", "tiled", "slower"]);
  inOrder(found, ["1x · 1 % of peak", "2.93x · 4 % of peak", "0.800x · 1 % of peak"]);
  assert(found.includes("Speed-up over naive"));
  assert(found.includes("8x8x8 · float32 · whiskers: 95 % interval"));
  const single = { kernel: "once", speedup: 2, speedupLow: null, speedupHigh: null };
  assert((await texts(chartSpeedup(timingTable([{}, single])))).includes("8x8x8 · float32"));
});

Deno.test("chartSpeedup says why Winograd's share is above the peak, and that a small one is not 0", async () => {
  const row = { shape: "8x8", dtype: "f32", threads: 1, speedup: 2, speedupLow: 2, speedupHigh: 2 };
  const rows = (peakShare: number, multiplications: number) => [
    { ...row, kernel: "winograd4", macs: 400, peakShare, multiplications },
    { ...row, kernel: "direct", macs: 400, peakShare: 0.004, multiplications: 400 },
  ];
  const found = (peakShare: number, multiplications: number) =>
    renderSvg(chartSpeedup(tableFromRows(rows(peakShare, multiplications), {
      columns: { ...timingColumns, multiplications: "float64" },
    })));
  const why = "above 100 % of peak: fewer products than the plain loops";
  const saving = await found(1.3, 100);
  assertStringIncludes(saving, why);
  assertStringIncludes(saving, "2.00x · below 1 % of peak");
  assert(!(await found(1, 100)).includes(why));
  assert(!(await found(1.3, 400)).includes(why));
});

Deno.test("chartSpeedup turns logarithmic beyond 20x and names threads where names repeat", async () => {
  const found = await texts(chartSpeedup(wide));
  assert(found.includes("times faster (logarithmic)"));
  inOrder(found, ["naive", "best, 1 thread", "best, 2 threads"]);
  assert((await texts(chartSpeedup(wide, { logScale: false }))).includes("times faster"));
});

Deno.test("chartSpeedup draws several shapes below each other", async () => {
  inOrder(await texts(chartSpeedup(sizes)), ["64x64x64", "128x128x128"]);
});

Deno.test("chartSpeedup refuses a record without speed-ups", () => {
  assertThrows(() => chartSpeedup(timingTable([{ speedup: null }])), RangeError, "no speed-up");
});

Deno.test("chartThroughput orders sizes by work, counts two operations a MAC", async () => {
  const spec = chartThroughput([sizes], { peakGmacPerS: 29.5 });
  const found = await texts(spec);
  inOrder(found, ["64³", "128³"]);
  assert(found.includes("GFLOP/s"));
  assert(found.includes("measured peak 59"));
  const { values } = spec.data as { values: { variant: string; throughput: number }[] };
  assertEquals(
    values.filter((value) => value.variant === "best").map((value) => value.throughput),
    [42, 44],
  );
  const int8 = timingTable([{ dtype: "int8" }]);
  assert((await texts(chartThroughput(int8))).includes("GOP/s"));
  assertThrows(() => chartThroughput([]), RangeError, "no rows");
});

Deno.test("chartThroughput calls its axis after products or after layers", async () => {
  assert((await texts(chartThroughput(sizes))).includes("size (m × k × n)"));
  const layers = timingTable([{ shape: "1x28x28x64,3x3x64" }]);
  assert((await texts(chartThroughput(layers))).includes("layer"));
});

Deno.test("chartCacheMisses marks the fewest misses of each level and shows zero", async () => {
  const rows = [8, 32, 128].flatMap((tile, index) => [
    { tile, level: "L1", misses: [41_000, 15_000, 70_000][index] },
    { tile, level: "L2", misses: [0, 90, 4000][index] },
  ]);
  const found = await texts(chartCacheMisses(rows));
  inOrder(found, ["8", "32", "128"]);
  inOrder(found, ["L1", "L2"]);
  for (const text of ["15,000", "10k", "misses (logarithmic above 1)"]) {
    assert(found.includes(text), text);
  }
  assertThrows(() => chartCacheMisses([]), RangeError, "no cache misses");
});

Deno.test("chartRoofline states each point's share of the roof above it", async () => {
  const found = await texts(chartRoofline({
    peaks: { gmacPerS: 30, loadGBPerS: 40 },
    points: [
      { name: "memory", macs: 1e9, bytes: 4e9, gmacPerS: 5 },
      { name: "compute", macs: 1e9, bytes: 1e8, gmacPerS: 27 },
    ],
  }));
  // 0.5 FLOP/B under 40 GB/s: 20 GFLOP/s allowed, 10 reached; then 60 allowed, 54 reached.
  for (
    const text of ["memory (50 %)", "compute (90 %)", "40.0 GB/s", "60.0 GFLOP/s", "FLOP per byte"]
  ) {
    assert(found.includes(text), text);
  }
  const peaks = { gmacPerS: 30, loadGBPerS: 40 };
  const bracket = "in brackets the share of the roof above the point";
  assert(found.includes(`measured peaks; ${bracket}`));
  const byManual = await texts(chartRoofline({ peaks, points: [] }, { subtitle: "by the manual" }));
  assert(byManual.includes(`by the manual; ${bracket}`));
  assertThrows(
    () =>
      chartRoofline({
        peaks: { gmacPerS: 30, loadGBPerS: 40 },
        points: [{ name: "none", macs: 0, bytes: 1, gmacPerS: 1 }],
      }),
    RangeError,
    'point "none": macs is 0, needs a number above 0',
  );
});

Deno.test("the label along the roof is turned as the roof is, and stands on it", async () => {
  for (const [gmacPerS, loadGBPerS, rate] of [[30, 40, 5], [3, 100, 0.02], [500, 10, 5]]) {
    const svg = await renderSvg(chartRoofline({
      peaks: { gmacPerS, loadGBPerS },
      points: [{ name: "memory", macs: 1e9, bytes: 4e9, gmacPerS: rate }],
    }));
    const [, ...line] =
      /<path aria-label="[^"]*" role="graphics-symbol"[^>]*d="M([-\d.]+),([-\d.]+)L([-\d.]+),([-\d.]+)L/
        .exec(svg) ?? /d="M([-\d.]+),([-\d.]+)L([-\d.]+),([-\d.]+)L[-\d.]+,[-\d.]+"/.exec(svg)!;
    const [x0, y0, x1, y1] = line.map(Number);
    const label = /transform="translate\(([-\d.]+),([-\d.]+)\) rotate\(([-\d.]+)\)[^>]*>[^<]*GB\/s</
      .exec(svg)!.slice(1).map(Number);
    const degrees = Math.atan2(y1 - y0, x1 - x0) * 180 / Math.PI;
    assertAlmostEquals(label[2], degrees, 0.1);
    assert(degrees < -5 && degrees > -85);
    assertAlmostEquals(label[0], (x0 + x1) / 2, 0.1);
    assertAlmostEquals(label[1], (y0 + y1) / 2, 0.1);
  }
});

Deno.test("charts are plain JSON with data inside, in the grammar notebooks know", async () => {
  for (const spec of [chartSpeedup(ladder), chartSpeedup(wide), chartThroughput(sizes)]) {
    assertEquals(JSON.parse(JSON.stringify(spec)), spec);
    assertEquals(spec.$schema, "https://vega.github.io/schema/vega-lite/v5.json");
    const svg = await renderSvg(spec);
    assert(!/NaN|undefined|Infinity/.test(svg));
  }
});

Deno.test("the same chart is drawn the same", async () => {
  assertEquals(await renderSvg(chartSpeedup(ladder)), await renderSvg(chartSpeedup(ladder)));
});

Deno.test("renderSvg says what is wrong with a specification", async () => {
  await assertRejects(
    () => renderSvg({ $schema, mark: "bar", transform: [{ calculate: "1 +", as: "x" }] }),
    TypeError,
    "The chart cannot be drawn",
  );
  await assertRejects(() => renderSvg({ $schema }), TypeError, "The chart cannot be drawn");
});

Deno.test("renderPng draws a PNG of the asked scale, or says that fonts are missing", async () => {
  await assertRejects(() => renderPng({ $schema }, { scale: 0 }), RangeError, "scale is 0");
  const draw = (scale: number) => renderPng(chartSpeedup(ladder), { scale });
  const width = (png: Uint8Array) => new DataView(png.buffer).getUint32(16);
  try {
    const png = await draw(1);
    assertEquals([...png.subarray(1, 4)], [0x50, 0x4e, 0x47]);
    assert(Math.abs(width(await draw(2)) - 2 * width(png)) <= 2);
    assertEquals(await renderPng(await renderSvg(chartSpeedup(ladder)), { scale: 1 }), png);
  } catch (error) {
    assert(error instanceof Error);
    assertStringIncludes(error.message, "No font was found");
  }
});

Deno.test("logarithmic axes have a handful of round ticks", () => {
  assertEquals(logTicks(0.8, 12), [1, 1.5, 2, 3, 5, 7, 10]);
  assertEquals(logTicks(1, 150), [1, 2, 5, 10, 20, 50, 100]);
  assertEquals(logTicks(1, 1e6), [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]);
  for (const [low, high] of [[0, 1], [-1, 1], [1, Infinity], [NaN, 1], [1, NaN], [2, 1]]) {
    assertThrows(() => logTicks(low, high), RangeError, `from ${low} to ${high}`);
  }
  assert(isWideRange([1, 21]) && !isWideRange([1, 20]) && !isWideRange([0, 0]));
});

Deno.test("labels of points in a column neither cover each other nor a point, nor seem another's", () => {
  const points = [40, 52, 64, 130, 240, 250, 262].map((y, i) => ({
    x: 480,
    y,
    text: `step ${i} (7 %)`,
  }));
  const places = placeLabels(points, { width: 520, height: 330, obstacles: [] });
  const boxes = places.map(({ align, dx, dy }, i) => {
    const wide = 6.6 * points[i].text.length;
    const left = points[i].x + dx - (align === "left" ? 0 : align === "right" ? wide : wide / 2);
    return { left, right: left + wide, top: points[i].y + dy - 7, bottom: points[i].y + dy + 7 };
  });
  const overlap = (a: typeof boxes[0], b: typeof boxes[0]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  boxes.forEach((box, i) => {
    assert(box.left >= 0 && box.right <= 520, `${i} is inside`);
    for (const other of boxes.slice(i + 1)) assert(!overlap(box, other), `${i} covers a label`);
    for (const { x, y } of points) {
      assert(
        !overlap(box, { left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 }),
        `${i} covers a point`,
      );
    }
  });
});

Deno.test("two labels below a roof stand in the order of their points, whichever comes first", () => {
  const obstacles = Array.from({ length: 101 }, (_, i) => ({ x: 5.2 * i, y: 17 }));
  const points = [[38, "upper (68 %)"], [50, "lower (55 %)"]].map(([y, text]) => (
    { x: 492, y: Number(y), text: String(text) }
  ));
  for (const order of [points, points.toReversed()]) {
    const places = placeLabels(order, { width: 520, height: 330, obstacles });
    const heights = new Map(places.map(({ dy }, i) => [order[i].text, order[i].y + dy]));
    assert(heights.get("upper (68 %)")! < heights.get("lower (55 %)")!);
    assertEquals(places.map(({ isFar }) => isFar), [false, false]);
  }
});

Deno.test("placeLabels keeps labels of close points apart and inside", () => {
  const room = { width: 200, height: 100, obstacles: [] };
  const [first, second] = placeLabels(
    [{ x: 50, y: 50, text: "one" }, { x: 52, y: 54, text: "two" }],
    room,
  );
  assert(first.align !== second.align || Math.abs(first.dy - second.dy) >= 13);
  assertEquals(placeLabels([{ x: 195, y: 50, text: "edge" }], room)[0].align, "right");
});

Deno.test("a PNG of few colours is smaller and as large, and refuses more than a palette has", async () => {
  const spec = chartCacheMisses([{ tile: 16, level: "L1", misses: 4096 }]);
  await assertRejects(() => renderPng(spec, { colors: 300 }), RangeError, "2 to 256");
  const full = await renderPng(spec).catch(() => null);
  if (full === null) return; // no font here
  const indexed = await renderPng(spec, { colors: 256 });
  assert(indexed.length < 0.7 * full.length, `${indexed.length} of ${full.length}`);
  // Width, height, 8 bits, a palette.
  assertEquals([...indexed.slice(16, 24)], [...full.slice(16, 24)]);
  assertEquals([...indexed.slice(24, 26)], [8, 3]);
});
