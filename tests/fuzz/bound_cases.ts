import {
  allocate,
  type Buffer,
  lowerBound,
  type Model,
  planMemory,
  type PlanOptions,
  techniqueNames,
  validateAllocation,
} from "tinyloom";
import { planGraph } from "../../lib/plan/graph/simplify_graph.ts";
import { buildProblem } from "../../lib/plan/offsets/build_problem.ts";
import { planSettings } from "../../lib/plan/plan_options.ts";
import { bruteForceHeight } from "../plan/brute_force.ts";
import { anyFits, everyPart } from "../plan/every_path.ts";
import { fitsWithin } from "../plan/exhaustive_offsets.ts";
import { type Draw, drawer, randomGraph } from "../plan/random_graph.ts";
import { randomMovements } from "../plan/random_movements.ts";
import { type Kind, plainCase, plainValue, seedOf, withoutParts } from "./case.ts";
import { type PlannedGraph, smaller as smallerGraphs } from "./graph_cases.ts";

/** A graph to plan, or buffers to place. */
type Bounded = { readonly graph: PlannedGraph } | { readonly buffers: readonly Buffer[] };

/** Bounds of random plans and allocations, with alignment, beside all that there is where that is little. */
export function boundCases(): Kind {
  const caseOf = (each: Bounded) => plainCase(each, { run: tryBound, smaller });
  return {
    night: 200_000,
    mostMs: 20_000,
    make: (index, seed) => {
      const draw = drawer(seedOf(index, seed));
      return caseOf(index % 4 === 0 ? { buffers: randomBuffers(draw) } : { graph: graphOf(draw) });
    },
    read: (file) => caseOf(plainValue(file)),
  };
}

const ALIGNMENTS = [1, 2, 3, 4, 5, 8, 11, 12, 16];

function graphOf(draw: Draw): PlannedGraph {
  const isTiny = draw(2) === 0;
  const operators = isTiny ? 1 + draw(4) : 2 + draw(14);
  const [extent, channels] = isTiny ? [3, 2] : [7, 5];
  const model = draw(4) === 0
    ? randomMovements(draw, operators)
    : randomGraph(draw, { operators, extent, channels });
  const options: PlanOptions = {
    techniques: techniqueNames.filter(() => draw(6) > 0),
    input: draw(4) === 0 ? "external" : "resident",
    pixels: draw(3) === 0 ? 4 : 1,
    channels: draw(3) === 0 ? 2 : 1,
    alignmentBytes: ALIGNMENTS[draw(ALIGNMENTS.length)],
    ...draw(4) === 0 && { scratch: "im2col" as const },
    ...draw(4) === 0 && {
      fusion: (["rolling", "patch", "best"] as const)[draw(3)],
      mostTiles: 1 + draw(3),
      macBudget: Infinity,
    },
    timeLimitMs: 500,
  };
  return { model, options };
}

function randomBuffers(draw: Draw): readonly Buffer[] {
  const isTiny = draw(2) === 0;
  const [count, moments, bytes] = isTiny ? [6, 6, 5] : [24, 16, 90];
  return Array.from({ length: 1 + draw(count) }, (_, i) => {
    const from = draw(moments);
    const alignmentBytes = ALIGNMENTS[draw(isTiny ? 4 : ALIGNMENTS.length)];
    const until = from + 1 + draw(moments);
    return { id: `b${i}`, from, until, sizeBytes: 1 + draw(bytes), alignmentBytes };
  });
}

function* smaller(each: Bounded): Generator<Bounded> {
  if ("graph" in each) { for (const graph of smallerGraphs(each.graph)) yield { graph }; }
  else for (const buffers of withoutParts(each.buffers)) yield { buffers };
}

function tryBound(each: Bounded): string {
  return "graph" in each ? tryPlan(each.graph) : tryBuffers(each.buffers);
}

function tryBuffers(buffers: readonly Buffer[]): string {
  const allocation = allocate(buffers, { nodeLimit: 20_000 });
  const { heightBytes, lowerBoundBytes, optimal } = allocation;
  const [finding] = validateAllocation(buffers, allocation);
  if (finding !== undefined) throw new Error(`an invalid allocation: ${finding}`);
  holds({ lowerBoundBytes, peakBytes: heightBytes, optimal });
  const quick = lowerBound(buffers);
  if (quick > heightBytes) throw new Error(`a bound of ${quick} above the height ${heightBytes}`);
  if (buffers.length > 6 || buffers.some(({ sizeBytes }) => sizeBytes > 5)) return "allocated";
  const least = bruteForceHeight(buffers);
  if (lowerBoundBytes > least) throw new Error(`a bound of ${lowerBoundBytes}, possible ${least}`);
  if (optimal && heightBytes > least) throw new Error(`${heightBytes} optimal, possible ${least}`);
  return "allocated, exactly";
}

/** What every plan says of itself. */
function holds(
  { lowerBoundBytes, peakBytes, optimal }: {
    readonly lowerBoundBytes: number;
    readonly peakBytes: number;
    readonly optimal: boolean;
  },
): void {
  if (!(lowerBoundBytes <= peakBytes)) {
    throw new Error(`a bound of ${lowerBoundBytes} above the peak of ${peakBytes}`);
  }
  if (optimal !== (lowerBoundBytes === peakBytes)) {
    throw new Error(`optimal ${optimal} with a bound of ${lowerBoundBytes} and ${peakBytes}`);
  }
}

function tryPlan({ model, options }: PlannedGraph): string {
  const plan = planMemory(model, options);
  holds(plan);
  // Offsets that are multiples of 2 a are multiples of a.
  const { alignmentBytes = 1 } = options;
  const coarser = planMemory(model, { ...options, alignmentBytes: alignmentBytes * 2 });
  holds(coarser);
  const isOrdered = !options.techniques!.includes("reorder");
  const isSearched = options.techniques!.includes("optimal-offsets");
  if (isOrdered && isSearched && plan.lowerBoundBytes > coarser.peakBytes) {
    throw new Error(`a bound of ${plan.lowerBoundBytes}, possible ${coarser.peakBytes}`);
  }
  const isFused = options.fusion !== undefined;
  const exact = possibleBelow(model, options, plan);
  if (exact === null) return isFused ? "fused" : "planned";
  if (exact.bound) throw new Error(`less than the bound of ${plan.lowerBoundBytes} is possible`);
  if (plan.optimal && exact.peak) throw new Error(`less than ${plan.peakBytes} is possible`);
  return isFused ? "fused, exactly" : "planned, exactly";
}

const MOST_ITEMS = 7;
const MOST_PLACES = 24;
const MOST_PATHS = 60;

/** Whether less than a plan's bound and peak is possible, by trying everything; null if that is too much. */
function possibleBelow(
  model: Model,
  options: PlanOptions,
  { steps, lowerBoundBytes, peakBytes, optimal }: ReturnType<typeof planMemory>,
): { readonly bound: boolean; readonly peak: boolean } | null {
  if (!options.techniques!.includes("optimal-offsets")) return null;
  if (peakBytes > MOST_PLACES * (options.alignmentBytes ?? 1)) return null;
  if (options.fusion !== undefined) {
    // The order that was found is the one given, or is not looked at.
    if (options.techniques!.includes("reorder") || steps.length > 4) return null;
    const bound = anyFits(everyPart(model, options), lowerBoundBytes - 1, MOST_PATHS);
    return bound === null ? null : { bound, peak: optimal && bound };
  }
  const settings = planSettings(options);
  const graph = planGraph(model, settings.uses, settings.input);
  const order = steps.map(({ operator }) =>
    graph.steps.findIndex((step) => step.operator === operator)
  );
  const { problem } = buildProblem(graph, order, settings);
  if (problem.items.length > MOST_ITEMS) return null;
  return {
    bound: lowerBoundBytes > 0 && fitsWithin(problem, lowerBoundBytes - 1),
    peak: optimal && peakBytes > 0 && fitsWithin(problem, peakBytes - 1),
  };
}
