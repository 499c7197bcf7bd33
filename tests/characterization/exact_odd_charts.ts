import {
  chartAblation,
  chartAccuracy,
  chartBackends,
  chartCacheMisses,
  chartConvSweep,
  chartDeployment,
  chartModels,
  chartProfile,
  chartProfileRoofline,
  chartRoofline,
  chartSpaceCdfs,
  chartSpeedup,
  chartThroughput,
  convTimingColumns,
  tableFromRows,
} from "tinyloom";
import { inkOn, operatorColor } from "../../lib/chart/chart_colors.ts";
import { edgedText, isWideRange, logTicks } from "../../lib/chart/chart_spec.ts";
import { timingTable } from "../measure/timing_table.ts";
import type { ExactCases } from "./exact_figures.ts";
import { orError } from "./exact_inputs.ts";
import {
  benched,
  convolved,
  deployed,
  numbers,
  one,
  operatorNames,
  peaks,
  profiled,
  rowsOf,
  seeds,
  timed,
} from "./exact_odd_tables.ts";

/** Charts of data that a seed decides: few and many, ties, what is missing, at the edge of what is told apart. */
export const oddChartExact: ExactCases = {
  "chart: odd times": () =>
    seeds(24).map((draw) => [
      orError(() => chartSpeedup(timed(draw))),
      orError(() => chartSpeedup(timed(draw), { logScale: draw(2) === 0, title: "own" })),
      chartThroughput(timed(draw)),
      chartThroughput([timed(draw), timed(draw)], { title: "own", peakGmacPerS: 14.5 + draw(30) }),
    ]),
  "chart: odd convolutions": () =>
    seeds(30).map((draw) => [
      chartConvSweep(convolved(draw)),
      chartSpeedup(convolved(draw)),
      chartConvSweep(convolved(draw), { title: "own" }),
    ]),
  "chart: odd profiles": () =>
    seeds(14).flatMap((draw) =>
      [1, 2].map((threads) => {
        const table = profiled(draw, threads);
        const named = draw(8);
        return [
          chartProfile(table),
          chartProfile(table, { title: "own" }),
          orError(() => chartProfileRoofline(table, { peaks: peaks(draw) })),
          orError(() => chartProfileRoofline(table, { peaks: peaks(draw), named, title: "own" })),
        ];
      })
    ),
  "chart: odd rooflines": () => [
    seeds(30).map((draw) =>
      chartRoofline({
        peaks: { gmacPerS: one(draw, numbers), loadGBPerS: one(draw, numbers) },
        points: rowsOf(draw, 9, (i) => ({
          ...{ name: `point ${i}`, macs: 1 + draw(1000), bytes: 1 + draw(1000) },
          ...{
            gmacPerS: one(draw, numbers),
            ...draw(3) === 0 && { kind: one(draw, ["ADD", "x"]) },
          },
          ...draw(3) === 0 && { isNamed: draw(2) === 0 },
        })),
      }, draw(2) === 0 ? {} : { title: "own", subtitle: "here", unit: "GOP/s" })
    ),
    ["macs", "bytes", "gmacPerS"].flatMap((name) =>
      [0, -1, NaN].map((value) => {
        const point = { name: "p", macs: 1, bytes: 1, gmacPerS: 1, [name]: value };
        return orError(() =>
          chartRoofline({ peaks: { gmacPerS: 1, loadGBPerS: 1 }, points: [point] })
        );
      })
    ),
    orError(() => chartRoofline({ peaks: { gmacPerS: 1, loadGBPerS: 0 }, points: [] })),
    chartRoofline({ peaks: { gmacPerS: 1, loadGBPerS: 2 }, points: [] }),
  ],
  "chart: odd caches": () =>
    seeds(120).map((draw) => {
      const rows = rowsOf(draw, 18, (i) => ({
        ...{ tile: one<number | string>(draw, [8 * i, "all"]), level: one(draw, ["L1", "L2"]) },
        misses: one(
          draw,
          [[0], [0, 1], [1, 19, 20], [5, 101], [0, 7, 2e9], [1 + draw(300)], [
            3 + draw(9),
            400,
          ]][draw(7)],
        ),
      }));
      return [
        chartCacheMisses(rows),
        chartCacheMisses(rows, { title: "own", subtitle: "here", tileTitle: "rows" }),
      ];
    }),
  "chart: odd networks": () => [
    seeds(20).flatMap((draw) => {
      const points = rowsOf(draw, 12, (i) => ({
        ...{ kind: one(draw, ["a", "b", `c${i}`]), accuracy: draw(100) / 100 },
        ...{ peakBytes: 1024 * draw(300), macs: 1e5 * draw(90) },
        ...draw(2) === 0 && { low: one(draw, [null, 0]), high: one(draw, [null, 1]) },
        ...draw(2) === 0 && { label: one(draw, ["", "small"]) },
      }));
      const limit = 1e5 * (1 + draw(90));
      return [
        chartAccuracy(points),
        chartAccuracy(points, { front: "a", limit }),
        chartAccuracy(points, { against: "macs", limit, limitName: "budget", title: "own" }),
      ];
    }),
    seeds(6).flatMap((draw) => {
      const rows = rowsOf(draw, 20, (i) => ({
        ...{ resolution: 32 + i, width: i / 10, samples: 9, satisfying: 9, planned: 0 },
        ...{ meanMacs: 1e6, macsP80: i > 0 && draw(4) === 0 ? null : 1e5 * draw(99) },
        quantiles: Array.from({ length: 2 + draw(4) }, (_, at) => 1e5 * at),
      }));
      return [
        chartSpaceCdfs(rows),
        chartSpaceCdfs(rows, { title: "own", most: 1 + draw(12) }),
      ];
    }),
  ],
  "chart: odd bars": () =>
    seeds(30).map((draw) => {
      const rows = benched(draw);
      const table = tableFromRows(rows);
      const models = tableFromRows(rows.map(({ shape: _, kernel: __, ...row }) => row));
      return [
        ...[table, models].flatMap((each) => [chartBackends(each), chartModels(each)]),
        ...[chartBackends(table, { title: "own" }), chartModels(table, { title: "own" })],
        ...[chartDeployment(deployed(draw)), chartDeployment(deployed(draw), { title: "own" })],
      ];
    }),
  "chart: odd ablations": () =>
    seeds(30).flatMap((draw) => {
      const table = tableFromRows(
        rowsOf(draw, 6, (rung) => ({
          ...{
            rung,
            optimization: `step ${rung}`,
            optimizations: "[]",
            mmacPerS: one(draw, numbers),
          },
          ...{ minNs: 100, speedup: one(draw, [1, 3]), speedupLow: 1, speedupHigh: 1 },
          ...{ speedupStep: one(draw, [1, 0.9, 3]), arenaBytes: 1, workspaceBytes: 1 },
          ...{ constantBytes: 1, codeBytes: 1 },
        })),
        { metadata: draw(2) === 0 ? {} : { model: "net" } },
      );
      return [
        orError(() => chartAblation(table)),
        orError(() => chartAblation(table, { title: "own", logScale: draw(2) === 0 })),
      ];
    }),
  "chart: none of anything": () => {
    const none = tableFromRows([], { columns: { macs: "float64" } });
    const times = timingTable([]);
    const layers = tableFromRows([], { columns: convTimingColumns });
    return [
      ...[() => chartAccuracy([]), () => chartCacheMisses([]), () => chartSpaceCdfs([])],
      ...[chartModels, chartBackends, chartAblation, chartProfile].map((draw) => () => draw(none)),
      ...[() => chartSpeedup(times), () => chartThroughput(times), () => chartConvSweep(layers)],
    ].map(orError);
  },
  "chart: scales and colours": () => [
    [operatorNames, "SEGMENT", "", "äöü", "Some custom operator"].flat().map((name) => [
      operatorColor(name),
      inkOn(operatorColor(name)),
    ]),
    ["#000000", "#0a0a0a", "#0b0b0b", "#797979", "#7a7a7a", "#ffffff", "#ff0000", "#00ff00"]
      .map(inkOn),
    [[], [0], [-1, -30], [1, 20], [1, 20.1], [0, 1, 21], [-5, 1]].map(isWideRange),
    numbers.flatMap((low) =>
      [0, 0.5, 1, 1.2, 15.8, 15.9, 3000, 3200, 1e9, 1e10, 1e11, 1e25, Infinity, NaN].map((ratio) =>
        orError(() => logTicks(low, low * ratio))
      )
    ),
    orError(() => logTicks(0, 1)),
    edgedText({ mark: { type: "text" } }, "#123456"),
  ],
};
