import { assert, assertEquals } from "../assert.ts";
import { type Model, planMemory, type PlanOptions, validatePlan } from "tinyloom";
import { type Draw, drawer, randomGraph } from "./random_graph.ts";
import { runsAlike } from "./random_input.ts";
import { randomPaths } from "./random_paths.ts";

function place(draw: Draw): PlanOptions {
  return {
    input: draw(3) > 0 ? "resident" : "external",
    ...draw(4) === 0 ? { alignmentBytes: 1 << draw(4) } : {},
  };
}

/** Softmax wants a quantization of its own, which random graphs do not have. */
function isExecutable({ operators }: Model): boolean {
  return operators.every(({ op }) => op !== "SOFTMAX");
}

Deno.test("segments of every kind, put together at random on random graphs, hold and run bit for bit", () => {
  const seen = new Set<string>();
  let ran = 0;
  for (let seed = 0; seed < 150; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 3 + draw(12), extent: 14, channels: 4 });
    for (const { plan, needBytes } of randomPaths(model, draw, { count: 4, ...place(draw) })) {
      assertEquals(validatePlan(JSON.parse(JSON.stringify(plan)), model), [], `seed ${seed}`);
      assert(plan.peakBytes >= needBytes, `seed ${seed}: ${plan.peakBytes} < ${needBytes}`);
      for (const { kind, granularity, direction, tiles, rings, outputs } of plan.segments) {
        seen.add(`${kind} ${granularity} ${direction}`);
        if (tiles[0] * tiles[1] > 1) seen.add(`${kind} ${granularity} tiles`);
        if (rings.some(({ mirrorPixels }) => mirrorPixels > 0)) seen.add("mirror");
        if (outputs.length > 1) seen.add("several outputs");
      }
      if (!isExecutable(model)) continue;
      ran++;
      assert(runsAlike(plan, model, draw), `seed ${seed}`);
    }
  }
  assert(ran > 300, `${ran}`);
  for (
    const kind of [
      "rolling row forward",
      "rolling row reverse",
      "rolling row tiles",
      "rolling pixel forward",
      "rolling pixel reverse",
      "rolling pixel tiles",
      "patch null tiles",
      "mirror",
      "several outputs",
    ]
  ) assert(seen.has(kind), kind);
});

Deno.test("plans with fusion hold on random graphs, within their budgets, never above those without", () => {
  for (let seed = 2000; seed < 2200; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 2 + draw(12), extent: 12, channels: 5 });
    const options: PlanOptions = {
      fusion: (["rolling", "patch", "best"] as const)[draw(3)],
      granularity: draw(2) > 0 ? "row" : "pixel",
      mostTiles: 1 + draw(5),
      macBudget: [1, 1.3, 10][draw(3)],
      // However busy the machine is, both plans are searched to the end.
      timeLimitMs: Infinity,
      ...place(draw),
    };
    const plan = planMemory(model, options);
    assertEquals(validatePlan(plan, model), [], `seed ${seed}`);
    assert(plan.macFactor <= options.macBudget! + 1e-9, `seed ${seed}: ${plan.macFactor}`);
    assert(plan.peakBytes >= plan.lowerBoundBytes, `seed ${seed}`);
    const { input, alignmentBytes, timeLimitMs } = options;
    const layers = planMemory(model, { input, alignmentBytes, timeLimitMs });
    assert(plan.peakBytes <= layers.peakBytes, `seed ${seed}: ${layers.peakBytes}`);
  }
});
