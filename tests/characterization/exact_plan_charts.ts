import {
  chartActivations,
  chartFrontier,
  chartLadder,
  chartMemory,
  chartSegment,
  chartTiles,
  type FusionMode,
  type Model,
  modelGraph,
  type Plan,
  planLadder,
  planMemory,
} from "tinyloom";
import { type Draw, drawer, randomGraph } from "../plan/random_graph.ts";
import type { ExactCases } from "./exact_figures.ts";
import { orError, unhurried } from "./exact_inputs.ts";
import { one } from "./exact_odd_tables.ts";
import { segmentedPlans } from "./exact_segments.ts";

// One byte less, KiB begin, one more.
const sizes = [10_239, 10_240, 10_241, 1, 0, 5000];

const graphs = (length: number, operators: number) =>
  Array.from({ length }, (_, seed) => {
    const draw = drawer(seed);
    return {
      draw,
      model: randomGraph(draw, { operators: 2 + draw(operators), extent: 6, channels: 8 }),
    };
  });
const planOf = (model: Model, fusion: FusionMode) => planMemory(model, { fusion, ...unhurried });

/** A plan of which a chart shows more than what was planned. */
function altered(plan: Plan, draw: Draw): Plan {
  return {
    ...plan,
    ...{ model: one(draw, ["", "net"]), peakBytes: one(draw, sizes), optimal: draw(2) === 0 },
    ...draw(3) === 0 && { peak: null },
  };
}

/** Rectangles whose heights and widths are around what a label needs. */
function stacked(plan: Plan, draw: Draw): Plan {
  let offsetBytes = 0;
  const buffers = plan.buffers.map((buffer) => {
    const placed = {
      ...buffer,
      offsetBytes,
      sizeBytes: draw(5) * 100,
      from: draw(3),
      until: 3 + draw(4),
    };
    offsetBytes += draw(2) * placed.sizeBytes;
    return { ...placed, kind: one(draw, ["tensor", "scratch", "ring"] as const) };
  });
  return { ...plan, buffers, peakBytes: Math.max(1, offsetBytes) } as Plan;
}

/** Charts of plans, of models that a seed decides. */
export const planChartExact: ExactCases = {
  "chart: odd memories": () => [
    segmentedPlans(6).map(({ plan }) => chartMemory(plan)),
    graphs(25, 8).flatMap(({ model, draw }) =>
      (["none", "rolling", "patch"] as const).flatMap((fusion) => {
        const plan = planOf(model, fusion);
        return [
          chartMemory(plan),
          chartMemory(altered(plan, draw), { limitBytes: one(draw, sizes) }),
          chartMemory(stacked(plan, draw), { width: 40 + 40 * draw(9), height: 60 + 60 * draw(5) }),
          chartMemory(plan, { title: "own", subtitle: "here" }),
          chartActivations({ model, plan, [fusion]: altered(plan, draw) }, {
            limitBytes: one(draw, sizes),
          }),
        ];
      })
    ),
  ],
  "chart: odd activations": () =>
    graphs(4, 5).flatMap(({ model, draw }) =>
      [1, 2, 4, 6].flatMap((count) => {
        const series = Object.fromEntries(
          Array.from({ length: count }, (_, i) => [`m${i}`, model]),
        );
        const own = { title: "own", subtitle: "here", limitName: "SRAM", panelWidth: 99 };
        return [
          chartActivations(series),
          chartActivations({ none: { ...planOf(model, "none"), buffers: [] } }),
          ...sizes.map((limitBytes) => chartActivations(series, { limitBytes })),
          chartActivations(series, { ...own, limitBytes: one(draw, sizes) }),
        ];
      })
    ),
  "chart: odd ladders and frontiers": () =>
    graphs(10, 6).flatMap(({ model, draw }) => {
      const ladder = planLadder(model, unhurried);
      const rungs = ladder.map((rung) => ({ ...rung, plan: altered(rung.plan, draw) }));
      const plans = rungs.map(({ plan }) => plan).slice(draw(rungs.length));
      return sizes.flatMap((limitBytes) => [
        chartLadder(rungs),
        chartLadder(rungs, { limitBytes }),
        chartLadder(ladder, { limitBytes, limitName: "SRAM", title: "own" }),
        chartLadder([{ ...rungs[0], plan: { ...rungs[0].plan, peakBytes: limitBytes } }]),
        chartFrontier(plans),
        chartFrontier(plans, { limitBytes }),
        chartFrontier([{ ...plans[0], peakBytes: limitBytes }], {
          limitName: "SRAM",
          title: "own",
        }),
      ]);
    }),
  "chart: odd segments": () =>
    segmentedPlans(8).flatMap(({ plan, model }) =>
      [...plan.segments.keys(), plan.segments.length].map((segment) => [
        // Rows from higher to lower than what has room for a text, and an edge.
        [20, 60, 200, 420].map((height) =>
          orError(() => chartSegment(plan, model, { segment, height, after: [0, 1, 2] }))
        ),
        orError(() => chartSegment(plan, model, { segment, title: "own", panelWidth: 80 })),
        orError(() => chartTiles(plan, model, { segment })),
        orError(() => chartTiles(plan, model, { segment, passes: [0], title: "own" })),
        orError(() => chartTiles(plan, model, { segment, passes: [999], panelSize: 120 })),
      ])
    ),
  "chart: odd graphs": async () => {
    const made: unknown[] = [];
    for (const { model, plan } of segmentedPlans(4)) made.push(await modelGraph(model, { plan }));
    for (const { model, draw } of graphs(5, 8)) {
      made.push(await modelGraph(model));
      for (const fusion of ["none", "rolling", "patch"] as const) {
        const listings = new Map(
          model.operators.map((_, index) => [index, "line\n".repeat(one(draw, [1, 90, 91, 95]))]),
        );
        made.push(await modelGraph(model, { plan: planOf(model, fusion), listings }));
      }
    }
    return made;
  },
};
