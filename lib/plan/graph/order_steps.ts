import { dependencies } from "./dependencies.ts";
import type { PlanGraph } from "./plan_graph.ts";

/** An order of steps with the largest sum of live sizes it leads to. */
export interface StepOrder {
  readonly order: readonly number[];
  readonly peakBytes: number;
  readonly optimal: boolean;
}

/** A set of steps that can have run (with each all before it): an order ideal of the graph. */
interface Ideal {
  readonly parent: Ideal | null;
  readonly step: number;
  readonly done: Uint32Array;
  readonly liveBytes: number;
  readonly peakBytes: number;
}

// Ideals of one size kept when there are more than the limit: a beam search then, not exact.
const BEAM = 300;

/**
 * The order whose largest sum of live sizes is smallest, by dynamic programming over order ideals:
 * what is alive after a set of steps does not depend on their order. The order given wins ties.
 * Exact while there are at most `idealLimit` ideals, a beam search beyond.
 */
export function orderSteps(graph: PlanGraph, idealLimit: number): StepOrder {
  const { steps, values } = graph;
  const before = dependencies(graph).map((steps) => [...steps]);
  const readers = values.map((_, value) =>
    steps.flatMap(({ reads, writes }, step) =>
      reads.includes(value) || writes.includes(value) ? step : []
    )
  );
  const touches = steps.map(({ reads, writes }) => [...new Set([...reads, ...writes])]);
  const size = (list: readonly number[]) => list.reduce((sum, v) => sum + values[v].sizeBytes, 0);
  const alone = touches.reduce((most, list) => Math.max(most, size(list)), 0);
  const given = follow(steps.map((_, step) => step));
  if (given.peakBytes <= alone) return { order: given.order, peakBytes: alone, optimal: true };

  const words = Math.ceil(steps.length / 32);
  let layer: Ideal[] = [{
    parent: null,
    step: -1,
    done: new Uint32Array(words),
    liveBytes: size(values.flatMap(({ isInput }, value) => isInput ? value : [])),
    peakBytes: 0,
  }];
  let seen = 0;
  let isExact = true;
  for (let count = 0; count < steps.length; count++) {
    const next = new Map<string, Ideal>();
    for (const ideal of layer) {
      for (let step = 0; step < steps.length; step++) {
        if (has(ideal.done, step) || !before[step].every((s) => has(ideal.done, s))) continue;
        const after = run(ideal, step);
        if (after.peakBytes >= given.peakBytes) continue;
        const key = after.done.join();
        const known = next.get(key);
        if (known === undefined || after.peakBytes < known.peakBytes) next.set(key, after);
      }
    }
    seen += next.size;
    layer = [...next.values()];
    if (seen > idealLimit && layer.length > BEAM) {
      isExact = false;
      layer.sort((a, b) => a.peakBytes - b.peakBytes || a.liveBytes - b.liveBytes);
      layer = layer.slice(0, BEAM);
    }
    if (layer.length === 0) return { ...given, optimal: isExact };
  }
  const [last] = layer;
  const order: number[] = [];
  for (let ideal = last; ideal.parent !== null; ideal = ideal.parent) order.unshift(ideal.step);
  return { order, peakBytes: last.peakBytes, optimal: isExact || last.peakBytes === alone };

  function run(ideal: Ideal, step: number): Ideal {
    const done = ideal.done.slice();
    done[step >>> 5] |= 1 << (step & 31);
    // A value without producer that is no input (scratch of a custom operator) is born at its use.
    const born = touches[step].filter((value) =>
      !values[value].isInput && readers[value].every((user) => !has(ideal.done, user))
    );
    const during = ideal.liveBytes + size(born);
    const dead = touches[step].filter((value) =>
      !values[value].isOutput && readers[value].every((user) => has(done, user))
    );
    const peakBytes = Math.max(ideal.peakBytes, during);
    return { parent: ideal, step, done, liveBytes: during - size(dead), peakBytes };
  }

  function follow(order: readonly number[]) {
    const start = values.flatMap(({ isInput }, value) => isInput ? value : []);
    let ideal: Ideal = {
      parent: null,
      step: -1,
      done: new Uint32Array(Math.ceil(steps.length / 32)),
      liveBytes: size(start),
      peakBytes: 0,
    };
    for (const step of order) ideal = run(ideal, step);
    return { order, peakBytes: ideal.peakBytes };
  }
}

function has(set: Uint32Array, step: number): boolean {
  return (set[step >>> 5] >>> (step & 31) & 1) === 1;
}
