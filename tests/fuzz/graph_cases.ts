import {
  createEngine,
  EngineError,
  type Model,
  planMemory,
  type PlanOptions,
  randomFrame,
  run,
  runReference,
  validatePlan,
} from "tinyloom";
import { randomMovements } from "../plan/random_movements.ts";
import { type Draw, drawer, randomGraph } from "../plan/random_graph.ts";
import { type Kind, plainCase, plainValue, seedOf } from "./case.ts";
import { smallerModels } from "./smaller_models.ts";

/** A graph and how it is planned. */
export interface PlannedGraph {
  readonly model: Model;
  readonly options: PlanOptions;
}

/** Random graphs, planned in random ways, run beside the reference. */
export function graphCases(): Kind {
  const caseOf = (graph: PlannedGraph) => plainCase(graph, { run: tryGraph, smaller });
  return {
    night: 5000,
    make: (index, seed) => caseOf(plannedGraph(drawer(seedOf(index, seed)))),
    read: (file) => caseOf(plainValue(file)),
  };
}

function plannedGraph(draw: Draw): PlannedGraph {
  const operators = 1 + draw(12);
  const model = draw(4) === 0
    ? randomMovements(draw, operators)
    : randomGraph(draw, { operators, extent: 1 + draw(16), channels: 1 + draw(8) });
  return {
    model,
    options: {
      fusion: (["none", "patch", "rolling", "best"] as const)[draw(4)],
      alignmentBytes: [1, 1, 4, 11, 16][draw(5)],
      input: (["resident", "external"] as const)[draw(2)],
      timeLimitMs: 500,
    },
  };
}

/** Fewer operators, and plainer options. */
export function* smaller({ model, options }: PlannedGraph): Generator<PlannedGraph> {
  for (const less of smallerModels(model)) yield { model: less, options };
  const { timeLimitMs, ...rest } = options;
  for (const name of Object.keys(rest) as (keyof typeof rest)[]) {
    const { [name]: _, ...others } = rest;
    yield { model, options: { ...others, timeLimitMs } };
  }
}

function tryGraph({ model, options }: PlannedGraph): string {
  const plan = planMemory(model, options);
  const [finding] = validatePlan(plan, model);
  if (finding !== undefined) throw new Error(`an invalid plan: ${finding.message}`);
  if (plan.lowerBoundBytes > plan.peakBytes) {
    throw new Error(`a bound of ${plan.lowerBoundBytes} above the peak of ${plan.peakBytes}`);
  }
  const frame = randomFrame(model, { seed: 1 });
  const right = saidOrRefused(() => String(runReference(model, frame).outputs));
  for (const checked of [false, true]) {
    const found = saidOrRefused(() => {
      using engine = createEngine(model, { plan, checked });
      return String(run(engine, frame));
    });
    if (found !== right) throw new Error(`${found.slice(0, 200)}, needed ${right.slice(0, 200)}`);
  }
  if (right.startsWith("EngineError")) return "not run";
  return plan.segments.length > 0 ? "fused" : "ran";
}

/** What an engine gives, or the words in which it refuses. */
function saidOrRefused(act: () => string): string {
  try {
    return act();
  } catch (error) {
    if (error instanceof EngineError) return `${error}`;
    throw error;
  }
}
