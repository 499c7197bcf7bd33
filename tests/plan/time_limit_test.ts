// One deadline for everything that the planner searches, on a clock that the tests turn themselves.
import {
  fusionFrontier,
  type Model,
  planMemory,
  type PlanOptions,
  techniqueNames,
  validatePlan,
} from "tinyloom";
import { assert, assertEquals } from "../assert.ts";
import { CONV, Graph } from "../model/models.ts";
import { type Draw, drawer, randomGraph } from "./random_graph.ts";

/** Runs something while every look at the clock moves it on; returns by how much it moved in all. */
function withClock(step: () => number, run: () => void): number {
  const { now } = performance;
  let at = 0;
  performance.now = () => at += step();
  try {
    run();
  } finally {
    performance.now = now;
  }
  return at;
}

/** Chains side by side, which may run in very many orders. */
function chains(count: number): Model {
  const graph = new Graph();
  const inputs: number[] = [];
  const outputs: number[] = [];
  for (let chain = 0; chain < count; chain++) {
    const shape = [1, 7 + 3 * chain];
    const input = graph.tensor(shape);
    const softmax = { output: shape, attributes: { beta: 1 } };
    const middle = graph.add("SOFTMAX", { inputs: [input], ...softmax });
    inputs.push(input);
    outputs.push(graph.add("SOFTMAX", { inputs: [middle], ...softmax }));
  }
  return graph.model(inputs, outputs);
}

/** Branches of several resolutions with residual additions, each with an output, as for poses. */
function branches(size: number): Model {
  const graph = new Graph();
  const image = graph.tensor([1, size, size, 3]);
  const convolution = (from: number, channels: number, stride = 1) => {
    const [, height, width, depth] = graph.tensors[from].shape;
    return graph.add("CONV_2D", {
      inputs: [from, graph.constant([channels, 3, 3, depth]), -1],
      output: [1, Math.ceil(height / stride), Math.ceil(width / stride), channels],
      attributes: { ...CONV, strideH: stride, strideW: stride },
    });
  };
  let ends = [convolution(image, 4, 2)];
  for (let i = 1; i < 3; i++) ends.push(convolution(ends[i - 1], 4 << i, 2));
  for (let block = 0; block < 3; block++) {
    ends = ends.map((end) => {
      const { shape } = graph.tensors[end];
      return graph.add("ADD", {
        inputs: [end, convolution(convolution(end, 2 * shape[3]), shape[3])],
        output: shape,
        attributes: { activation: "NONE", potScaleInt16: false },
      });
    });
  }
  return graph.model([image], ends);
}

function anyOptions(draw: Draw): PlanOptions {
  return {
    fusion: (["rolling", "patch", "best"] as const)[draw(3)],
    granularity: draw(2) > 0 ? "row" : "pixel",
    mostTiles: 1 + draw(4),
    macBudget: [1, 1.3, Infinity][draw(3)],
    input: draw(3) > 0 ? "resident" : "external",
  };
}

Deno.test("whenever the time is up, a fused plan holds, with its bound, and is not above the layers", () => {
  const seen = { early: 0, whole: 0 };
  for (let seed = 0; seed < 250; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 2 + draw(12), extent: 10, channels: 5 });
    const options = anyOptions(draw);
    const { input } = options;
    const layers = planMemory(model, { input, timeLimitMs: 0 });
    withClock(() => draw(30), () => {
      const plan = planMemory(model, { ...options, timeLimitMs: draw(5000) });
      assertEquals(validatePlan(plan, model), [], `seed ${seed}`);
      assert(plan.peakBytes <= layers.peakBytes, `seed ${seed}: ${plan.peakBytes}`);
      assert(plan.lowerBoundBytes <= plan.peakBytes, `seed ${seed}: ${plan.lowerBoundBytes}`);
      if (plan.lowerBoundReason.startsWith("the time was up")) seen.early++;
      else seen.whole++;
    });
  }
  assert(seen.early > 20 && seen.whole > 20, JSON.stringify(seen));
});

Deno.test("a bound of a search that was cut short is none above what the whole search finds", () => {
  for (let seed = 500; seed < 600; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 2 + draw(10), extent: 8, channels: 4 });
    // A bound is one for the order, which the time has a say in.
    const techniques = techniqueNames.filter((name) => name !== "reorder");
    const options = { ...anyOptions(draw), techniques };
    const whole = planMemory(model, { ...options, timeLimitMs: Infinity });
    for (const timeLimitMs of [0, 20, 60, 150]) {
      withClock(() => 1, () => {
        const { lowerBoundBytes } = planMemory(model, { ...options, timeLimitMs });
        assert(lowerBoundBytes <= whole.peakBytes, `seed ${seed}, ${timeLimitMs} ms`);
      });
    }
  }
});

Deno.test("nothing is searched for long when the time is up", () => {
  const models = { chains: chains(18), branches: branches(32) };
  for (const [name, model] of Object.entries(models)) {
    for (
      const options of [
        {},
        { fusion: "best" },
        { fusion: "best", granularity: "pixel", macBudget: Infinity },
      ] as const
    ) {
      for (const timeLimitMs of [0, 100, 500]) {
        const spent = withClock(() => 1, () => planMemory(model, { ...options, timeLimitMs }));
        assert(spent <= 1.2 * timeLimitMs + 50, `${name}: ${spent} looks, ${timeLimitMs} allowed`);
      }
    }
    const spent = withClock(() => 1, () => fusionFrontier(model, { timeLimitMs: 300 }));
    assert(spent <= 1.2 * 300 + 50, `${name}: ${spent} looks for a frontier`);
  }
});
