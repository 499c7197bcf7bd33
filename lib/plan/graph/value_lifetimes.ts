import type { PlanGraph } from "./plan_graph.ts";

/** Steps in which a value is alive: `[from, until)`. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** For every value when it is alive, with the steps run in the order given. */
export function valueLifetimes(graph: PlanGraph, order: readonly number[]): readonly Span[] {
  const { values, steps } = graph;
  const count = Math.max(1, order.length);
  const first = values.map(({ isInput }): number => isInput ? 0 : Infinity);
  const last = values.map(({ isInput }): number => isInput ? 0 : -1);
  order.forEach((index, step) => {
    for (const value of [...steps[index].reads, ...steps[index].writes]) {
      first[value] = Math.min(first[value], step);
      last[value] = step;
    }
  });
  return values.map(({ isOutput }, value) => {
    const from = first[value] === Infinity ? 0 : first[value];
    return { from, until: isOutput ? count : last[value] + 1 };
  });
}
