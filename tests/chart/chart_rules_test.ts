// What holds for every chart: marks lie inside their axes, which are not much longer than they need to be.
import {
  chartActivations,
  chartFrontier,
  chartLadder,
  chartMemory,
  chartRoofline,
  chartSegment,
  type ChartSpec,
  chartSpeedup,
  chartTiles,
  fusionFrontier,
  planLadder,
  planMemory,
  renderSvg,
  zoo,
} from "tinyloom";
import { ink, inkOn } from "../../lib/chart/chart_colors.ts";
import { edgedText, logTicks, placeLabels } from "../../lib/chart/chart_spec.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { timingTable } from "../measure/timing_table.ts";

const kws = zoo("mlperf-tiny-kws");
const vww = zoo("mcunet-vww1");
const plan = planMemory(kws);
const rolling = planMemory(vww, { fusion: "rolling" });

const charts: Readonly<Record<string, ChartSpec>> = {
  activations: chartActivations({ plain: vww, planned: planMemory(vww) }, { limitBytes: 80_000 }),
  "small activations": chartActivations({ kws }),
  frontier: chartFrontier(fusionFrontier(vww, { input: "external" })),
  "frontier below a limit": chartFrontier(fusionFrontier(vww), { limitBytes: 200_000 }),
  ladder: chartLadder(planLadder(kws)),
  "ladder below a limit": chartLadder(planLadder(kws), { limitBytes: 64 * 1024 }),
  memory: chartMemory(plan),
  "memory below a limit": chartMemory(rolling, { limitBytes: 300 * 1024 }),
  segment: chartSegment(rolling, vww),
  tiles: chartTiles(planMemory(vww, { fusion: "patch", macBudget: 1.1 }), vww),
  speedup: chartSpeedup(timingTable([
    {},
    { kernel: "tiled", speedup: 2.93, speedupLow: 2.8, speedupHigh: 3 },
    { kernel: "slower", speedup: 0.8, speedupLow: 0.78, speedupHigh: 0.82 },
  ])),
  "wide speedup": chartSpeedup(timingTable([
    {},
    { kernel: "best", speedup: 67.3, speedupLow: 65, speedupHigh: 69 },
    { kernel: "slower", speedup: 0.5, speedupLow: 0.4, speedupHigh: 0.6 },
  ])),
  roofline: chartRoofline({
    peaks: { gmacPerS: 30, loadGBPerS: 40 },
    points: [
      { name: "memory", macs: 1e9, bytes: 4e10, gmacPerS: 0.02 },
      { name: "compute", macs: 1e9, bytes: 1e5, gmacPerS: 27 },
    ],
  }),
};

interface Part {
  readonly data?: { readonly values?: readonly Readonly<Record<string, unknown>>[] };
  readonly encoding?: Readonly<Record<string, Channel>>;
  readonly [key: string]: unknown;
}

interface Channel {
  readonly field?: string;
  readonly scale?: { readonly type?: string; readonly domain?: readonly unknown[] };
}

/** Values along axes whose ends are given, by axis. */
function axesOf(
  part: Part,
  inherited: Part,
  found: Map<
    string,
    { readonly type: string; readonly domain: number[]; readonly values: number[] }
  >,
): typeof found {
  const encoding = { ...inherited.encoding, ...part.encoding };
  const data = part.data ?? inherited.data;
  for (const axis of ["x", "y"]) {
    const { field, scale } = encoding[axis] ?? {};
    const domain = scale?.domain;
    if (field === undefined || !Array.isArray(domain) || typeof domain[0] !== "number") continue;
    const fields = [field, encoding[`${axis}2`]?.field];
    const values: readonly number[] = (data?.values ?? []).flatMap((row) =>
      fields.map((name) => row[name ?? ""]).filter((value): value is number =>
        typeof value === "number"
      )
    );
    const key = `${axis} ${domain} ${scale?.type ?? "linear"}`;
    const known = found.get(key) ??
      { type: scale?.type ?? "linear", domain: domain as number[], values: [] as number[] };
    known.values.push(...values);
    found.set(key, known);
  }
  const parts = [part.layer, part.hconcat, part.vconcat, part.concat, [part.spec]].flatMap((list) =>
    Array.isArray(list) ? list : []
  );
  for (const each of parts) if (each) axesOf(each as Part, { encoding, data }, found);
  return found;
}

for (const [name, spec] of Object.entries(charts)) {
  Deno.test(`${name}: marks lie inside the axes, which end near the last of them`, async () => {
    const axes = axesOf(spec as Part, {}, new Map());
    assert(axes.size > 0);
    for (const [axis, { type, domain, values }] of axes) {
      const [low, high] = domain.toSorted((a, b) => a - b);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      assert(least >= low && most <= high, `${axis}: ${least} to ${most}`);
      if (type === "log") {
        assert(low > 0 && Math.log(most / least) > 0.55 * Math.log(high / low), `${axis}: ${most}`);
        continue;
      }
      assertEquals(low, 0, axis);
      assert(most >= 0.6 * high, `${axis}: ${most}`);
    }
    const svg = await renderSvg(spec);
    assert(!/NaN|undefined|Infinity/.test(svg));
    const [, wide, high] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    assert(wide > 100 && wide < 2000 && high > 60 && high < 3000, `${wide} x ${high}`);
  });
}

Deno.test("a rectangle of the map has its label in its middle if, and only if, there is room", () => {
  let drawn = 0;
  for (const each of [plan, rolling, planMemory(kws, { techniques: ["optimal-offsets"] })]) {
    const spec = chartMemory(each) as unknown as { readonly layer: readonly Part[] };
    const layers = spec.layer.map((part) => part.data!.values!);
    type Row = Record<"from" | "until" | "low" | "high" | "x" | "y", number> & {
      readonly label: string;
      readonly look: string;
    };
    const rectangles = layers.find(([row]) => "look" in row && !("x" in row))! as unknown as Row[];
    const labels = layers.findLast((rows) =>
      rows.length === 0 || "x" in rows[0]
    )! as unknown as Row[];
    const steps = Math.max(1, each.steps.length);
    const top = each.peakBytes * 1.08 / (each.peakBytes >= 10_240 ? 1024 : 1);
    const pixels = (row: Row) => (
      { wide: (row.until - row.from) * 720 / steps, high: (row.high - row.low) * 360 / top }
    );
    drawn += labels.length;
    const shared = rectangles.filter(({ look }) => look === "shared by two");
    for (const row of labels) {
      assertAlmostEquals(row.x, (row.from + row.until) / 2, 1e-9);
      assert(row.y > row.low && row.y < row.high);
      assert(pixels(row).wide >= 7 * row.label.length && pixels(row).high > 13);
      for (const { from, until, low, high } of shared) {
        assert(row.x <= from || row.x >= until || row.y <= low || row.y >= high, row.label);
      }
    }
    const free = rectangles.filter((row) =>
      row.look !== "shared by two" && pixels(row).wide >= 7 * row.label.length + 2 &&
      pixels(row).high > 13 &&
      !shared.some(({ from, until, low, high }) => (
        from < row.until && until > row.from && low < row.high && high > row.low
      ))
    );
    for (const row of free) {
      const label = labels.find(({ label, from, low }) => (
        label === row.label && from === row.from && low === row.low
      ));
      assert(label !== undefined, row.label);
      assertAlmostEquals(label.y, (row.low + row.high) / 2, 1e-9);
    }
  }
  assert(drawn > 5);
});

Deno.test("the roof reaches from an eighth of its ridge to eight times that, points further if they must", () => {
  const domainsOf = (macs: number, bytes: number, gmacPerS: number) => {
    const spec = chartRoofline({
      peaks: { gmacPerS: 16, loadGBPerS: 8 },
      points: [{ name: "", macs, bytes, gmacPerS }],
    }) as unknown as { readonly layer: readonly Part[] };
    const [{ encoding, data }] = spec.layer;
    return {
      x: encoding!.x.scale!.domain as number[],
      y: encoding!.y.scale!.domain as number[],
      data,
    };
  };
  // 32 GFLOP/s over 8 GB/s: the ridge is at 4 operations a byte. A margin of 6 % at either end.
  const { x, y, data } = domainsOf(1e9, 1e9, 2);
  assertAlmostEquals(x[0], 0.5 / 64 ** 0.06, 1e-9);
  assertAlmostEquals(x[1], 32 * 64 ** 0.06, 1e-9);
  assertEquals(data!.values!.map(({ intensity, rate }) => [intensity, rate]), [
    [x[0], 8 * x[0]],
    [4, 32],
    [x[1], 32],
  ]);
  const range = 32 / (8 * x[0]);
  assertAlmostEquals(y[0], 8 * x[0] / range ** 0.06, 1e-9);
  assertAlmostEquals(y[1], 32 * range ** 0.06, 1e-9);
  const far = domainsOf(1e9, 1e6, 0.01);
  assertAlmostEquals(far.x[1], 2000 * 4000 ** 0.06, 1e-6);
  assertAlmostEquals(far.y[0], 0.02 / 1600 ** 0.06, 1e-9);
});

Deno.test("a label stands right of its point, or where there is room", () => {
  const room = { width: 400, height: 200, obstacles: [] };
  const place = (x: number, y: number, obstacles: typeof room.obstacles = []) =>
    placeLabels([{ x, y, text: "abcdefgh" }], { ...room, obstacles })[0];
  assertEquals(place(200, 100), { align: "left", dx: 9, dy: 0, isFar: false });
  // Eight characters of 7 pixels end at the edge, or beyond it.
  assertEquals(place(400 - 9 - 56, 100).align, "left");
  assertEquals(place(400 - 9 - 55, 100).align, "right");
  const wall = (dx: number) => ({ x: 200 + dx, y: 100 }) as never;
  assertEquals(place(200, 100, [wall(20)]), { align: "right", dx: -9, dy: 0, isFar: false });
  assertEquals(place(200, 100, [wall(20), wall(-20)]), {
    align: "center",
    dx: 0,
    dy: -14,
    isFar: false,
  });
  const above = { x: 200, y: 88 } as never;
  assertEquals(place(200, 100, [wall(20), wall(-20), above]).dy, 14);
  // At the lower edge a line of 15 pixels has no room below.
  assertEquals(place(200, 193, [{ x: 220, y: 193 }, { x: 180, y: 193 }] as never).dy, -14);
});

Deno.test("text has an edge in the colour of its ground, below the text itself", () => {
  const layer = { mark: { type: "text", fontSize: 9 }, data: {} };
  const [edge, text] = edgedText(layer, "black");
  assertEquals(text, layer);
  assertEquals({ ...edge.mark, strokeWidth: 0 }, {
    ...layer.mark,
    stroke: "black",
    strokeWidth: 0,
    strokeJoin: "round",
  });
});

Deno.test("ticks of many decades keep their distance, and lie between the ends", () => {
  assertEquals(logTicks(1, 1e20).length, 11);
  assertEquals(logTicks(1, 1e15), [1, 1e2, 1e4, 1e6, 1e8, 1e10, 1e12, 1e14]);
  assertEquals(logTicks(1e-3, 1e-1), [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]);
  assertEquals(logTicks(1e-3, 9.9).at(-1), 1);
  assertEquals(logTicks(3, 3), [3]);
  assertEquals(logTicks(1, 15.8), [1, 1.5, 2, 3, 5, 7, 10, 15]);
  assertEquals(logTicks(1, 15.9), [1, 2, 5, 10]);
  assertEquals(logTicks(1, 3162), [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
  assertEquals(logTicks(1, 3163), [1, 10, 100, 1000]);
});

Deno.test("text on a ground has the ink of more contrast", () => {
  // Relative luminance of greys: 0.1878 and 0.1946 lie on either side of where the contrasts are equal.
  assertEquals([inkOn("#787878"), inkOn("#7b7b7b")], [ink.onDeep, ink.onBright]);
  // Green counts most, then red, then blue, by the formula of WCAG 2.
  const linear = (byte: number) => ((byte / 255 + 0.055) / 1.055) ** 2.4;
  const luminances = {
    "#e00000": 0.2126 * linear(0xe0),
    "#fe0000": 0.2126 * linear(0xfe),
    "#008a00": 0.7152 * linear(0x8a),
    "#007a00": 0.7152 * linear(0x7a),
    "#0000ff": 0.0722,
  };
  for (const [color, luminance] of Object.entries(luminances)) {
    assertEquals(inkOn(color), luminance < 0.191 ? ink.onDeep : ink.onBright, color);
  }
});
