import { isOver } from "../../host.ts";
import { mayEndRun } from "../../model/state.ts";
import { callees, touchesState } from "../../model/subgraphs.ts";
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
  readonly done: Uint8Array;
  readonly ready: readonly number[];
  readonly liveBytes: number;
  readonly peakBytes: number;
}

// Moves that are followed from one size to the next beyond the limit: a beam search, not exact.
const BEAM = 200;

/**
 * The order whose largest sum of live sizes is smallest, by dynamic programming over order ideals:
 * what is alive after a set of steps does not depend on their order. The order given wins ties.
 * Exact while it takes at most `idealLimit` moves from one ideal to the next, a beam search beyond.
 *
 * A step that needs no more than must be had anyway, and leaves no more alive than before, is taken
 * at once: moved to the front of any continuation, it makes no step there need more.
 */
export function orderSteps(
  graph: PlanGraph,
  { idealLimit, deadlineMs }: { readonly idealLimit: number; readonly deadlineMs: number },
): StepOrder {
  const effects = new StepEffects(graph);
  const before = dependencies(graph).map((steps) => [...steps]);
  const after: number[][] = before.map(() => []);
  before.forEach((steps, step) => steps.forEach((earlier) => after[earlier].push(step)));
  const start: Ideal = {
    parent: null,
    step: -1,
    done: new Uint8Array(before.length),
    ready: before.flatMap((steps, step) => steps.length === 0 ? step : []),
    liveBytes: effects.inputBytes,
    peakBytes: 0,
  };
  const run = (ideal: Ideal, step: number): Ideal => {
    const { duringBytes, afterBytes } = effects.of(step, ideal.done, ideal.liveBytes);
    const done = ideal.done.slice();
    done[step] = 1;
    const freed = after[step].filter((next) =>
      before[next].every((earlier) => done[earlier] === 1)
    );
    return {
      parent: ideal,
      step,
      done,
      ready: [...ideal.ready.filter((other) => other !== step), ...freed],
      liveBytes: afterBytes,
      peakBytes: Math.max(ideal.peakBytes, duringBytes),
    };
  };
  const order = before.map((_, step) => step);
  const given = { order, peakBytes: order.reduce(run, start).peakBytes };
  const leastBytes = effects.leastBytes;
  if (given.peakBytes <= leastBytes) return { ...given, optimal: true };

  let layer = [start];
  let seen = 0;
  let isExact = true;
  for (let count = 0; count < before.length; count++) {
    // An order that is not finished in time is none.
    if (isOver(deadlineMs)) return { ...given, optimal: false };
    let moves = layer.flatMap((ideal) =>
      movesFrom(ideal, { effects, limitBytes: given.peakBytes })
    );
    seen += moves.length;
    if (seen > idealLimit && moves.length > BEAM) {
      isExact = false;
      moves.sort((a, b) => a.peakBytes - b.peakBytes || a.liveBytes - b.liveBytes);
      moves = moves.slice(0, BEAM);
    }
    const next = new Map<string, Ideal>();
    for (const { ideal, step } of moves) {
      const found = run(ideal, step);
      const key = String.fromCharCode(...found.done);
      const known = next.get(key);
      if (known === undefined || found.peakBytes < known.peakBytes) next.set(key, found);
    }
    layer = [...next.values()];
    if (layer.length === 0) return { ...given, optimal: isExact };
  }
  const [last] = layer;
  const best: number[] = [];
  for (let ideal = last; ideal.parent !== null; ideal = ideal.parent) best.unshift(ideal.step);
  const optimal = isExact || last.peakBytes === leastBytes;
  return { order: best, peakBytes: last.peakBytes, optimal };
}

/** A step that may run next, and what that leads to. */
interface Move {
  readonly ideal: Ideal;
  readonly step: number;
  readonly peakBytes: number;
  readonly liveBytes: number;
}

/** What may run next and stays below the limit; one move alone where it costs nothing. */
function movesFrom(
  ideal: Ideal,
  { effects, limitBytes }: { readonly effects: StepEffects; readonly limitBytes: number },
): Move[] {
  const moves: Move[] = [];
  for (const step of ideal.ready) {
    const { duringBytes, afterBytes } = effects.of(step, ideal.done, ideal.liveBytes);
    const peakBytes = Math.max(ideal.peakBytes, duringBytes);
    const move = { ideal, step, peakBytes, liveBytes: afterBytes };
    const isFree = duringBytes <= Math.max(effects.leastBytes, ideal.peakBytes);
    if (isFree && afterBytes <= ideal.liveBytes) return [move];
    if (duringBytes < limitBytes) moves.push(move);
  }
  return moves;
}

/** For every step the steps that must come before it: what it reads, and the order of effects. */
function dependencies(graph: PlanGraph): readonly ReadonlySet<number>[] {
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
  model: PlanGraph["model"],
): string[] {
  const { tensors } = model;
  const touched = [...operator.inputs, ...operator.outputs].filter((tensor) => tensor !== -1);
  const state = touched.filter((tensor) => tensors[tensor].isVariable).map((t) => `state ${t}`);
  // Whether what comes behind an end of the run has run, is an effect.
  if (mayEndRun(model)) return [...state, "unknown"];
  // Which variable, is not told apart: a subgraph may touch any.
  const reaches = ["READ_VARIABLE", "ASSIGN_VARIABLE"].includes(operator.op) ||
    callees(operator).length > 0 && touchesState(model, operator);
  if (operator.op !== "OPAQUE") return reaches ? [...state, "unknown"] : state;
  const isHandle = touched.some((t) => ["resource", "variant"].includes(tensors[t].dtype));
  const runsGraph = Object.keys(operator.attributes).some((name) => name.endsWith("Index"));
  const isCustom = operator.customOptions !== null || operator.outputs.length === 0;
  return isHandle || runsGraph || isCustom ? [...state, "unknown"] : state;
}

/** What a step does to the bytes alive, given which steps have run. */
class StepEffects {
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
