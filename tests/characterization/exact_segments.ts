import {
  deviceTable,
  frontierTable,
  fusionFrontier,
  kernelScratch,
  ladderTable,
  lifetimes,
  type Model,
  patchStage,
  type Plan,
  planLadder,
  planMemory,
  type PlanOptions,
  planStepTable,
  planTable,
  ramBytesOf,
  readPlan,
  redistributionTable,
  scratchTable,
  segmentMoments,
  tableToRows,
  validatePlan,
  zoo,
} from "tinyloom";
import { type Draw, drawer, randomGraph } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import type { ExactCases } from "./exact_figures.ts";
import { layers, orError, unhurried } from "./exact_inputs.ts";
import { one } from "./exact_odd_tables.ts";
import { edited } from "./exact_plans.ts";

/** Plans with segments of every kind, put together at random. */
export function segmentedPlans(
  length: number,
): readonly { model: Model; plan: Plan; draw: Draw }[] {
  return Array.from({ length }, (_, seed) => {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 3 + draw(8), extent: 14, channels: 4 });
    const place = {
      input: one(draw, ["resident", "external"] as const),
      alignmentBytes: 1 << draw(3),
    };
    return randomPaths(model, draw, { count: 2, ...place, ...unhurried })
      .map(({ plan }) => ({ model, plan, draw }));
  }).flat();
}

const tall = (length: number, operators: number) =>
  Array.from({ length }, (_, seed) => {
    const draw = drawer(seed);
    return { draw, model: randomGraph(draw, { operators, extent: 16, channels: 4 }) };
  });

/** Plans with segments, what they hold when, what is found in edited ones, and tables of plans. */
export const segmentExact: ExactCases = {
  "plans: segments": () => segmentedPlans(20).map(({ plan }) => plan),
  "plans: segments when they run": () =>
    segmentedPlans(16).map(({ plan, model }) =>
      plan.segments.map((_, segment) => segmentMoments(plan, model, { segment }))
    ),
  "plans: edited segments": () =>
    segmentedPlans(14).flatMap(({ plan, model, draw }) =>
      Array.from({ length: 16 }, () => orError(() => validatePlan(edited(plan, draw), model)))
    ),
  "plans: with all options": () =>
    tall(24, 6).map(({ model, draw }) => {
      const options: PlanOptions = {
        ...unhurried,
        ...{ fusion: one(draw, ["rolling", "patch", "best"]), mostTiles: 1 + draw(4) },
        ...{ granularity: one(draw, ["row", "pixel"]), macBudget: one(draw, [1, 1.1, 1.5, 10]) },
        ...{ input: one(draw, ["resident", "external"]), alignmentBytes: one(draw, [1, 4, 16]) },
        ...{ scratch: one(draw, ["direct", "tflm", "im2col"]), pixels: 1 + draw(3) },
        ...{ channels: 1 + draw(3), ...draw(2) === 0 && { memoryBudget: 100 + draw(900) } },
      };
      return [lifetimes(model), orError(() => planMemory(model, options))];
    }),
  "plans: frontiers with segments": () =>
    tall(8, 4).map(({ model }) => {
      const frontier = fusionFrontier(model, unhurried);
      return [frontier, frontierTable(frontier), ladderTable(planLadder(model, unhurried))].map((
        each,
      ) => "numRows" in each ? tableToRows(each) : each);
    }),
  "plans: of every operator": () =>
    [...layers()].filter(([kind]) => !kind.startsWith("random ")).map(([, [model]]) => [
      orError(() => planMemory(model, unhurried)),
      (["direct", "tflm", "im2col"] as const).map((scratch) => [
        model.operators.map((operator) => orError(() => kernelScratch(model, operator, scratch))),
        orError(() => planMemory(model, { ...unhurried, scratch, techniques: [] }).peakBytes),
      ]),
    ]),
  "plans: tables": () => [
    tableToRows(deviceTable()),
    ...segmentedPlans(6).map(({ plan }) => [
      ...[planTable, planStepTable, scratchTable].map((table) => tableToRows(table(plan))),
      [ramBytesOf(plan), orError(() => readPlan(JSON.stringify(plan)))],
    ]),
    tableToRows(redistributionTable("mobilenet_v2", { width: 0.35, resolution: 64 })),
    patchStage(zoo("mcunet-vww1", { resolution: 48 }), { output: 12, tiles: [3, 2] }),
  ],
};
