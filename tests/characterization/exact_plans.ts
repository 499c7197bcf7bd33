import {
  devices,
  fits,
  fusionFrontier,
  type FusionMode,
  type Model,
  offlinePlan,
  orderOperators,
  overlapRules,
  type Plan,
  planLadder,
  planMemory,
  tflmGreedyPlan,
  validatePlan,
} from "tinyloom";
import { type Draw, drawer, randomGraph } from "../plan/random_graph.ts";
import { randomMovements } from "../plan/random_movements.ts";
import type { ExactCases } from "./exact_figures.ts";
import { networks, unhurried } from "./exact_inputs.ts";

const graphs = (length: number, operators: number) =>
  Array.from({ length }, (_, seed) => {
    const draw = drawer(seed);
    const shape = { operators: 2 + draw(operators), extent: 6, channels: 8 };
    return { draw, model: randomGraph(draw, shape) };
  });

/** Plans of graphs that branch, orders of their operators, and what is found in plans that were edited. */
export const planExact: ExactCases = {
  "plans: of random graphs": () =>
    graphs(20, 8).map(({ model }) =>
      (["none", "patch", "rolling", "best"] as const).map((fusion) => planOf(model, fusion))
    ),
  "plans: with parts of what there is": () =>
    graphs(12, 6).map(({ model, draw }) => [
      planMemory(model, { ...unhurried, input: "external", alignmentBytes: 1 << draw(6) }),
      planMemory(model, { ...unhurried, techniques: ["reorder", "in-place-depthwise"] }),
      planMemory(model, { ...unhurried, pixels: 1 + draw(6), channels: 4 * (1 + draw(4)) }),
      planMemory(model, { ...unhurried, fusion: "best", macBudget: 1 + draw(10) / 20 }),
      planMemory(model, { ...unhurried, fusion: "rolling", granularity: "row" }),
    ]),
  "plans: of what moves elements": () =>
    Array.from({ length: 40 }, (_, seed) => {
      const model = randomMovements(drawer(seed), 5);
      const rules = model.operators.map((operator) => overlapRules(model, operator));
      return [rules, planOf(model, "none")];
    }),
  "plans: orders of operators": () => [
    graphs(30, 24).map(({ model }) =>
      [0, 10, 1000].map((idealLimit) => orderOperators(model, { ...unhurried, idealLimit }))
    ),
    // Wide enough that not all that may come next is followed.
    graphs(6, 70).map(({ model }) => orderOperators(model, { ...unhurried, idealLimit: 0 })),
  ],
  "plans: ladders and frontiers": () =>
    graphs(4, 5).map(({ model }) => [
      planLadder(model, unhurried),
      fusionFrontier(model, unhurried),
    ]),
  "plans: of others": () =>
    Object.values(networks).map((make) => {
      const [model, plan] = [make(), planMemory(make(), unhurried)];
      const others = [offlinePlan(model), tflmGreedyPlan(model)];
      return [...others, ...Object.values(devices).map((device) => fits(plan, device))];
    }),
  "plans: what is found in edited ones": () =>
    graphs(12, 6).flatMap(({ model, draw }) =>
      (["none", "rolling", "patch"] as const).flatMap((fusion) => {
        const plan = planOf(model, fusion);
        return Array.from({ length: 20 }, () => validatePlan(edited(plan, draw), model));
      })
    ),
};

function planOf(model: Model, fusion: FusionMode): Plan {
  return planMemory(model, { fusion, ...unhurried });
}

/** A plan in which one number is another. */
export function edited(plan: Plan, draw: Draw): Plan {
  const copy = JSON.parse(JSON.stringify(plan));
  const parts = [copy.buffers, copy.buffers, copy.steps, copy.segments].filter(({ length }) =>
    length > 0
  );
  let place = parts[draw(parts.length)];
  for (;;) {
    const names = Object.keys(place).filter((name) =>
      typeof place[name] === "number" || (typeof place[name] === "object" && place[name] !== null)
    );
    if (names.length === 0) return copy;
    const name = names[draw(names.length)];
    if (typeof place[name] === "number") {
      place[name] += [1, -1, 4, -4, 16, -64][draw(6)];
      return copy;
    }
    place = place[name];
  }
}
