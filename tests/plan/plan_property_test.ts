import { type Model, planMemory, type PlanOptions, techniqueNames, validatePlan } from "tinyloom";
import { planGraph } from "../../lib/plan/graph/simplify_graph.ts";
import { buildProblem } from "../../lib/plan/offsets/build_problem.ts";
import { planSettings } from "../../lib/plan/plan_options.ts";
import { assert, assertEquals } from "../assert.ts";
import { fitsWithin } from "./exhaustive_offsets.ts";
import { type Draw, drawer, randomGraph } from "./random_graph.ts";

function randomOptions(draw: Draw): PlanOptions {
  return {
    techniques: techniqueNames.filter(() => draw(5) > 0),
    input: draw(4) === 0 ? "external" : "resident",
    pixels: draw(3) === 0 ? 4 : 1,
    channels: draw(3) === 0 ? 2 : 1,
    ...draw(2) === 0 ? { alignmentBytes: draw(2) === 0 ? 1 << draw(4) : 1 + draw(12) } : {},
    ...draw(4) === 0 ? { scratch: "im2col" } : {},
  };
}

/** The problem of offsets behind a plan, with the plan's order. */
function problemOf(model: Model, options: PlanOptions, operators: readonly number[]) {
  const settings = planSettings(options);
  const graph = planGraph(model, settings.uses, settings.input);
  const order = operators.map((operator) =>
    graph.steps.findIndex((step) => step.operator === operator)
  );
  return buildProblem(graph, order, settings).problem;
}

Deno.test("plans of random graphs hold, with any techniques, also after a trip through JSON", () => {
  for (let seed = 0; seed < 400; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 2 + draw(20), extent: 7, channels: 5 });
    const options = { ...randomOptions(draw), timeLimitMs: 50 };
    const plan = planMemory(model, options);
    assertEquals(validatePlan(JSON.parse(JSON.stringify(plan)), model), [], `seed ${seed}`);
    assert(plan.peakBytes >= plan.lowerBoundBytes, `seed ${seed}`);
    assertEquals(plan.optimal, plan.peakBytes === plan.lowerBoundBytes, `seed ${seed}`);
  }
});

Deno.test("no offsets at all are below a plan that says it is optimal; few others can be bettered", () => {
  let searched = 0;
  let bettered = 0;
  for (let seed = 1000; seed < 1500; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 2 + draw(4), extent: 3, channels: 2 });
    const options = { ...randomOptions(draw), timeLimitMs: Infinity };
    const { techniques } = options;
    if (!techniques!.includes("optimal-offsets")) continue;
    const plan = planMemory(model, options);
    const { alignmentBytes = 1 } = options;
    if (plan.peakBytes > 40 * alignmentBytes) continue;
    const problem = problemOf(model, options, plan.steps.map(({ operator }) => operator));
    if (problem.items.length === 0 || problem.items.length > 7) continue;
    searched++;
    const { lowerBoundBytes } = plan;
    assert(!fitsWithin(problem, lowerBoundBytes - 1), `seed ${seed}: bound ${lowerBoundBytes}`);
    if (!fitsWithin(problem, plan.peakBytes - 1)) continue;
    assert(!plan.optimal, `seed ${seed} claims ${plan.peakBytes} bytes to be the least`);
    bettered++;
  }
  assert(searched > 200, `${searched} searched`);
  assert(bettered <= searched / 100, `${bettered} of ${searched} can be bettered`);
});

Deno.test("no technique makes a plan larger", () => {
  for (let seed = 0; seed < 60; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 2 + draw(12), extent: 6, channels: 4 });
    const layout = ["fold-pad", "alias-views", "direct-kernels", "optimal-offsets"] as const;
    const peak = (techniques: PlanOptions["techniques"]) =>
      planMemory(model, { techniques, alignmentBytes: 1, timeLimitMs: Infinity }).peakBytes;
    const plain = peak(layout);
    const ordered = peak([...layout, "reorder"]);
    const inPlace = peak([...layout, "reorder", "in-place-depthwise"]);
    const all = peak([...layout, "reorder", "in-place-depthwise", "overlap"]);
    assert(ordered <= plain && inPlace <= ordered && all <= inPlace, `seed ${seed}`);
  }
});
