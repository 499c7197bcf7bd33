import {
  chartAblation,
  chartAccuracy,
  chartActivations,
  chartBackends,
  chartCacheMisses,
  chartConvSweep,
  chartDeployment,
  chartFrontier,
  chartLadder,
  chartMemory,
  chartModels,
  chartProfile,
  chartProfileRoofline,
  chartRoofline,
  chartSegment,
  chartSpaceCdfs,
  chartSpeedup,
  chartThroughput,
  chartTiles,
  convTimingColumns,
  createEngine,
  deploy,
  devices,
  fusionFrontier,
  matmul,
  measureDeployment,
  mediaBundle,
  modelGraph,
  optimizeSpace,
  planLadder,
  planMemory,
  searchSpaces,
  tableFromRows,
  zoo,
} from "tinyloom";
import { operatorColor } from "../../lib/chart/chart_colors.ts";
import { placeLabels } from "../../lib/chart/chart_spec.ts";
import { timingTable } from "../measure/timing_table.ts";
import { drawer } from "../plan/random_graph.ts";
import type { ExactCases } from "./exact_figures.ts";
import { unhurried } from "./exact_inputs.ts";

const network = () => zoo("mcunet-vww1", { resolution: 48 });
const peaks = {
  ...{ fmaGmacPerS: 20, mulAddGmacPerS: 10, dotGmacPerS: 40, relaxedDotGmacPerS: 80 },
  loadGBPerS: { l1: 100, l2: 60, memory: 20 },
};

const times = timingTable(
  ["64x64x64", "128x64x96", "256x256x256"].flatMap((shape, i) =>
    ["naive", "tiled", "best"].map((kernel, j) => ({
      ...{ kernel, shape, macs: 1000 * (i + 1), gmacPerS: 3 ** j + i, peakShare: 0.01 * 3 ** j },
      ...{ speedup: 5 ** j, speedupLow: 4.5 ** j, speedupHigh: j === 2 ? null : 5.5 ** j },
    }))
  ),
);

const layer = {
  ...{ index: 0, operator: "CONV_2D", name: "y", shape: "1x8x8x16", dtype: "int8" },
  ...{ kernel: "conv int8", schedule: "[]", form: "plain", threads: 1, minNs: 2000 },
  ...{ medianNs: 2100, timeShare: 0.5, macs: 40_000, macFactor: 1, gmacPerS: 20 },
  ...{ movedBytes: 4000, macsPerByte: 10 },
};
const profiled = tableFromRows(
  Array.from({ length: 14 }, (_, index) => ({
    ...layer,
    ...{ index, minNs: 2000 / (index + 1), operator: `KIND_${index}` },
    ...{ macsPerByte: index + 1, gmacPerS: index % 3 === 0 ? null : 20 / (index + 1) },
  })),
  {
    metadata: {
      totals: {
        ...{ model: "net", threads: 1, runMinNs: 4100, gmacPerS: 9.76, explainedShare: 0.976 },
      },
    },
  },
);

const plainTiming = {
  ...{ kernel: "naive", dtype: "float32", schedule: "[]", threads: 1, samples: 30, batch: 1 },
  ...{ minNs: 1000, q1Ns: 1100, medianNs: 1200, q3Ns: 1300, madNs: 100, outliers: 0, macs: 512 },
  ...{ gmacPerS: 0.5, peakShare: null, checksum: "1f", verified: true, speedup: 1, speedupLow: 1 },
  ...{ speedupHigh: 1, shape: "1x8x8x8,3x3x8" },
};

/** Charts of fixed data. */
export const chartExact: ExactCases = {
  // In a plot so small that labels are in each other's way: every pixel counts.
  "chart: places of labels": () =>
    Array.from({ length: 60 }, (_, seed) => {
      const draw = drawer(seed);
      const point = () => ({ x: draw(160), y: draw(90) });
      const labels = Array.from({ length: 2 + draw(5) }, () => "label ".repeat(1 + draw(2)));
      const obstacles = Array.from({ length: draw(4) }, point);
      const points = labels.map((text) => ({ ...point(), text }));
      return placeLabels(points, { width: 160, height: 90, obstacles });
    }),
  "chart: colours": () =>
    ["CONV_2D", "ABS", "CUMSUM", "SELECT_V2", "WHILE", "x", ""].map(operatorColor),
  "chart: times": () => [
    chartSpeedup(times),
    chartThroughput([times], { peakGmacPerS: 29.5 }),
    chartThroughput(timingTable([{ dtype: "int8" }])),
    chartBackends(tableFromRows([
      { kernel: "naive", backend: "wasm", minNs: 100, gmacPerS: 1, speedup: 1, threads: 1 },
      { kernel: "tiled", backend: "native best", minNs: 9, gmacPerS: 11, speedup: 11, threads: 1 },
    ])),
    chartModels(tableFromRows([
      { model: "a", dtype: "int8", minNs: 100, gmacPerS: 1, threads: 1 },
      { model: "b", dtype: "float32", minNs: 3000, gmacPerS: 0.02, threads: 1 },
    ])),
  ],
  "chart: convolutions": () =>
    chartConvSweep(
      tableFromRows(
        ["direct", "im2col", "winograd2"].flatMap((kernel, i) =>
          [8, 16].map((channels) => ({
            ...plainTiming,
            ...{ kernel, shape: `1x8x8x${channels},3x3x8`, macs: 4608 },
            ...{ minNs: 100 * (i + 1) + channels, speedup: 1 / (i + 1), peakShare: 0.5 },
            ...{ multiplications: 4608 / (i + 1), scratchBytes: 100 * i, preparedBytes: 9 * i },
          }))
        ),
        { columns: convTimingColumns },
      ),
    ),
  "chart: caches": () =>
    chartCacheMisses([8, 32, 128].flatMap((tile, i) => [
      { tile, level: "L1", misses: 2000 - 700 * i },
      { tile, level: "L2", misses: i === 1 ? 0 : 50 + i },
    ])),
  "chart: rooflines": () => [
    chartRoofline({
      peaks: { gmacPerS: 20, loadGBPerS: 30 },
      points: [
        { name: "best", macs: 1000, bytes: 100, gmacPerS: 18 },
        { name: "naive", macs: 1000, bytes: 4000, gmacPerS: 0.4 },
        { name: "beside", macs: 1000, bytes: 4100, gmacPerS: 0.41 },
      ],
    }),
    chartProfile(profiled),
    chartProfileRoofline(profiled, { peaks }),
  ],
  "chart: plans": () => {
    const model = network();
    const [patched, rolling] = (["patch", "rolling"] as const).map((fusion) =>
      planMemory(model, { fusion, macBudget: 1.2, ...unhurried })
    );
    return [
      chartMemory(planMemory(model, unhurried), { limitBytes: 64 * 1024 }),
      chartMemory(rolling),
      chartActivations({ plain: model, patched, rolling }, { limitBytes: 20_000 }),
      chartLadder(planLadder(model, unhurried), { limitBytes: 40_000 }),
      chartFrontier(fusionFrontier(model, { input: "external", ...unhurried }), {
        limitBytes: 9000,
      }),
      chartSegment(rolling, model),
      chartTiles(patched, model),
    ];
  },
  "chart: graphs": async () => {
    const [model, small] = [network(), zoo("mlperf-tiny-kws")];
    const fused = await modelGraph(model, {
      plan: planMemory(model, { fusion: "rolling", ...unhurried }),
    });
    return [fused, await modelGraph(small)];
  },
  "chart: searches": async () => [
    chartAccuracy([
      { name: "a", accuracy: 0.9, peakBytes: 40_000, macs: 1e6, label: "48 pixels" },
      { name: "b", accuracy: 0.8, peakBytes: 30_000, macs: 5e5, label: "32 pixels" },
    ] as never, { limit: 32_768, limitName: "SRAM" }),
    chartSpaceCdfs(
      (await optimizeSpace(searchSpaces({ resolutions: [48, 64], widths: [0.3, 0.5] }), {
        ...devices.nano33ble,
      }, { samples: 20 })).rows,
    ),
  ],
  "chart: deployment": async () => {
    const table = await measureDeployment(
      await deploy(zoo("mlperf-tiny-kws"), { planOptions: unhurried }),
      {
        how: "estimate",
      },
    );
    return chartDeployment(table);
  },
  "chart: ablation": () =>
    chartAblation(
      tableFromRows(["plain", "one", "two"].map((optimization, i) => ({
        ...plainTiming,
        ...{
          rung: i,
          optimization,
          optimizations: "[]",
          mmacPerS: 10 * 3 ** i,
          minNs: 1000 / 3 ** i,
        },
        ...{ speedup: 3 ** i, speedupLow: 2.9 ** i, speedupHigh: 3.1 ** i, speedupStep: 3 },
        ...{ arenaBytes: 100, workspaceBytes: 10 * i, constantBytes: 5, codeBytes: 1000 * i },
      }))),
    ),
  "chart: shown in notebooks": async () => {
    const model = zoo("mlperf-tiny-kws");
    const plan = planMemory(model, unhurried);
    using engine = createEngine(model, { plan, relaxedDot: false });
    const sized = (rows: number, columns: number) =>
      tableFromRows(Array.from({ length: rows }, (_, row) =>
        Object.fromEntries(
          Array.from({ length: columns }, (_, i) => [`c${i}`, i % 3 === 0 ? i : row]),
        )));
    const shown = [
      ...[plan, planMemory(model, { fusion: "rolling", ...unhurried }), model, engine],
      ...[matmul({ m: 4, k: 4, n: 4 }), times, profiled, sized(1, 1), sized(25, 12), sized(26, 13)],
      ...[
        chartSpeedup(times),
        { svg: "<svg/>" },
        { markdown: "*a*" },
        { html: "<b>c</b>" },
        "d < e",
      ],
    ];
    const bundles = await Promise.all(shown.map((each) => mediaBundle(each as never)));
    // Clips are counted through all drawings of a process.
    return JSON.stringify(bundles).replace(/clip\d+/g, "clip");
  },
};
