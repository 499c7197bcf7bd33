import { assert, assertEquals } from "../assert.ts";
import { liveBytes, type Model, orderOperators } from "tinyloom";
import { Graph } from "../model/models.ts";
import { drawer, randomGraph } from "./random_graph.ts";

/** Two branches of which one is wide only inside: the better order ends it first. */
function twoBranches(): Model {
  const graph = new Graph();
  const image = graph.tensor([1, 10]);
  const relu = (from: number, size: number) => {
    const output = graph.tensor([1, size]);
    const opaque = { opName: "STRETCH", code: 200, optionTable: null, attributes: {} } as const;
    graph.operators.push({
      op: "OPAQUE",
      ...opaque,
      customOptions: null,
      version: 1,
      inputs: [from],
      outputs: [output],
    });
    return output;
  };
  const left = relu(image, 50);
  const wide = relu(image, 100);
  const narrow = relu(wide, 5);
  const joined = graph.tensor([1, 10]);
  graph.operators.push({
    op: "OPAQUE",
    opName: "JOIN",
    code: 201,
    optionTable: null,
    attributes: {},
    customOptions: null,
    version: 1,
    inputs: [left, narrow],
    outputs: [joined],
  });
  return graph.model([image], [joined]);
}

Deno.test("a wide branch runs before a tensor that would wait for it", () => {
  const model = twoBranches();
  assertEquals(liveBytes(model), [60, 160, 155, 65]);
  const { order, peakBytes, optimal } = orderOperators(model);
  assertEquals([order, peakBytes, optimal], [[1, 2, 0, 3], 115, true]);
});

Deno.test("the order found is the best of all orders of a random graph", () => {
  let improved = 0;
  for (let seed = 0; seed < 150; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 3 + draw(5), extent: 5, channels: 4 });
    const options = { techniques: [] };
    const { order, peakBytes, optimal } = orderOperators(model, options);
    const best = Math.min(...orders(model).map((list) => peakOf(model, list)));
    assertEquals([peakOf(model, order), peakBytes, optimal], [best, best, true], `seed ${seed}`);
    if (best < Math.max(...liveBytes(model))) improved++;
  }
  assert(improved > 5, `${improved} of 150 gained`);
});

Deno.test("with a limit on ideals the order is still good, and never worse than the one given", () => {
  for (let seed = 0; seed < 20; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 30, extent: 5, channels: 4 });
    const { order, peakBytes } = orderOperators(model, { techniques: [], idealLimit: 10 });
    assertEquals(peakOf(model, order), peakBytes);
    assert(peakBytes <= Math.max(...liveBytes(model)));
  }
});

Deno.test("operators that change the same state keep their order", () => {
  const graph = new Graph();
  const [image, state] = [graph.tensor([1, 4]), graph.tensor([1, 8], { isVariable: true })];
  const touch = (size: number) => {
    const output = graph.tensor([1, size]);
    const opaque = { op: "OPAQUE", opName: "STEP", code: 202, optionTable: null } as const;
    const rest = { attributes: {}, customOptions: null, version: 1 };
    graph.operators.push({ ...opaque, ...rest, inputs: [image, state], outputs: [output] });
    return output;
  };
  const outputs = [touch(90), touch(10), touch(50)];
  assertEquals(orderOperators(graph.model([image], outputs)).order, [0, 1, 2]);
});

function orders({ operators, tensors }: Model): number[][] {
  const found: number[][] = [];
  const made = new Set<number>();
  const extend = (order: number[]) => {
    if (order.length === operators.length) found.push([...order]);
    operators.forEach(({ inputs, outputs }, operator) => {
      const produced = (tensor: number) =>
        tensors[tensor].data !== null || made.has(tensor) ||
        !operators.some((other) => other.outputs.includes(tensor));
      if (order.includes(operator) || !inputs.every((t) => t === -1 || produced(t))) return;
      for (const tensor of outputs) made.add(tensor);
      extend([...order, operator]);
      for (const tensor of outputs) made.delete(tensor);
    });
  };
  extend([]);
  return found;
}

function peakOf(model: Model, order: readonly number[]): number {
  return Math.max(
    ...liveBytes({ ...model, operators: order.map((operator) => model.operators[operator]) }),
  );
}
