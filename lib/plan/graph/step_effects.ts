import type { PlanGraph } from "./plan_graph.ts";

/** What a step does to the bytes alive, given which steps have run. */
export class StepEffects {
  readonly #graph: PlanGraph;
  readonly #touched: readonly (readonly number[])[];
  readonly #users: readonly (readonly number[])[];
  /** Bytes alive before the first step. */
  readonly inputBytes: number;
  /** No order needs less: some step touches this much. */
  readonly leastBytes: number;

  constructor(graph: PlanGraph) {
    const { values, steps } = graph;
    this.#graph = graph;
    this.#touched = steps.map(({ reads, writes }) => [...new Set([...reads, ...writes])]);
    const users: number[][] = values.map(() => []);
    this.#touched.forEach((list, step) => list.forEach((value) => users[value].push(step)));
    this.#users = users;
    this.inputBytes = values.reduce((sum, v) => v.isInput ? sum + v.sizeBytes : sum, 0);
    this.leastBytes = Math.max(
      0,
      ...this.#touched.map((list) => list.reduce((sum, value) => sum + values[value].sizeBytes, 0)),
    );
  }

  /** Bytes alive while the step runs and after it. */
  of(
    step: number,
    done: Uint8Array,
    liveBytes: number,
  ): { readonly duringBytes: number; readonly afterBytes: number } {
    const { values } = this.#graph;
    let born = 0;
    let dead = 0;
    for (const value of this.#touched[step]) {
      const { isInput, isOutput, sizeBytes } = values[value];
      let isFirst = true;
      let isLast = true;
      for (const user of this.#users[value]) {
        if (done[user] === 1) isFirst = false;
        else if (user !== step) isLast = false;
      }
      // A value that nothing writes (scratch of a custom operator) is born at its first use, too.
      if (isFirst && !isInput) born += sizeBytes;
      if (isLast && !isOutput) dead += sizeBytes;
    }
    const duringBytes = liveBytes + born;
    return { duringBytes, afterBytes: duringBytes - dead };
  }
}
