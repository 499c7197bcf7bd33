import type { PlanGraph } from "./plan_graph.ts";

/** For every step the steps that must come before it: what it reads, and the order of effects. */
export function dependencies(graph: PlanGraph): readonly ReadonlySet<number>[] {
  const { model, steps } = graph;
  const producer = new Map<number, number>();
  steps.forEach(({ writes }, step) => {
    for (const value of writes) producer.set(value, step);
  });
  // State is read and changed in the order given; so is everything whose effects are not known.
  const lastTouch = new Map<string, number>();
  return steps.map(({ operator, reads, writes }, step) => {
    const before = new Set<number>();
    for (const value of [...reads, ...writes]) {
      const from = producer.get(value);
      if (from !== undefined && from !== step) before.add(from);
    }
    for (const effect of effects(model.operators[operator], model)) {
      const last = lastTouch.get(effect);
      if (last !== undefined) before.add(last);
      lastTouch.set(effect, step);
    }
    return before;
  });
}

function effects(
  operator: PlanGraph["model"]["operators"][number],
  { tensors }: PlanGraph["model"],
): string[] {
  const touched = [...operator.inputs, ...operator.outputs].filter((tensor) => tensor !== -1);
  const state = touched.filter((tensor) => tensors[tensor].isVariable).map((t) => `state ${t}`);
  if (operator.op !== "OPAQUE") return state;
  const isHandle = touched.some((t) => ["resource", "variant"].includes(tensors[t].dtype));
  const runsGraph = Object.keys(operator.attributes).some((name) => name.endsWith("Index"));
  const isCustom = operator.customOptions !== null || operator.outputs.length === 0;
  return isHandle || runsGraph || isCustom ? [...state, "unknown"] : state;
}
