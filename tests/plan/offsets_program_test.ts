// Plans beside HiGHS, a solver of mixed integer programs: the least height of their items.
import loadHighs, { type LegacyHighs } from "highs";
import { type Model, planMemory, type PlanOptions, techniqueNames } from "tinyloom";
import { planGraph } from "../../lib/plan/graph/simplify_graph.ts";
import { buildProblem } from "../../lib/plan/offsets/build_problem.ts";
import type { OffsetProblem } from "../../lib/plan/offsets/offset_problem.ts";
import { planSettings } from "../../lib/plan/plan_options.ts";
import { assert, assertEquals } from "../assert.ts";
import { offsetsProgram } from "./offsets_program.ts";
import { type Draw, drawer, randomGraph } from "./random_graph.ts";

// Its types are those of a CommonJS module, which it is not in Deno.
const highs = await (loadHighs as unknown as () => Promise<LegacyHighs>)();

/** The least height, by HiGHS. */
function leastHeight(problem: OffsetProblem, mostBytes: number): number {
  if (problem.items.length === 0) return 0;
  const { Status, ObjectiveValue } = highs.solve(offsetsProgram(problem, mostBytes), {
    mip_rel_gap: 0,
    output_flag: false,
  });
  assertEquals(Status, "Optimal");
  return Math.round(ObjectiveValue);
}

function randomOptions(draw: Draw): PlanOptions {
  return {
    techniques: techniqueNames.filter((name) => name === "optimal-offsets" || draw(5) > 0),
    input: draw(4) === 0 ? "external" : "resident",
    alignmentBytes: [1, 2, 3, 4, 8, 11, 16][draw(7)],
    channels: 1 + draw(2),
    timeLimitMs: Infinity,
  };
}

function problemOf(model: Model, options: PlanOptions, operators: readonly number[]) {
  const settings = planSettings(options);
  const graph = planGraph(model, settings.uses, settings.input);
  const order = operators.map((operator) =>
    graph.steps.findIndex((step) => step.operator === operator)
  );
  return buildProblem(graph, order, settings).problem;
}

Deno.test("bounds of plans are at most what HiGHS finds to be least, and optimal plans are that", () => {
  const seen = { aligned: 0, inPlace: 0, views: 0, optimal: 0, all: 0 };
  for (let seed = 0; seed < 120; seed++) {
    const draw = drawer(31_000 + seed);
    const model = randomGraph(draw, { operators: 2 + draw(5), extent: 6, channels: 5 });
    const options = randomOptions(draw);
    const plan = planMemory(model, options);
    const problem = problemOf(model, options, plan.steps.map(({ operator }) => operator));
    if (problem.items.length > 9) continue;
    const least = leastHeight(problem, plan.peakBytes);
    const what =
      `seed ${seed}: bound ${plan.lowerBoundBytes}, peak ${plan.peakBytes}, least ${least}`;
    assert(plan.lowerBoundBytes <= least && least <= plan.peakBytes, what);
    if (plan.optimal) assertEquals(plan.peakBytes, least, what);
    seen.all++;
    if (options.alignmentBytes! > 1) seen.aligned++;
    if (problem.steps.some(({ inPlace }) => inPlace.length > 0)) seen.inPlace++;
    if (problem.views.length > 0) seen.views++;
    if (plan.optimal) seen.optimal++;
  }
  assert(
    seen.all > 60 && seen.aligned > 40 && seen.inPlace > 10 && seen.optimal > 50,
    JSON.stringify(seen),
  );
});
