import { dtypeBits } from "../../model/dtype.ts";
import { asPlanned } from "../../model/folding.ts";
import type { Model } from "../../model/model.ts";
import { callees, graphsOf, reachable, withGraph } from "../../model/subgraphs.ts";
import type { Plan } from "../plan.ts";
import { finding, type PlanFinding } from "./check_removed.ts";

/** A graph of a model and its plan. */
export interface PlannedGraph {
  readonly plan: Plan;
  /** The model with this graph in the place of the main graph, and with what is known before it runs. */
  readonly model: Model;
  /** What is put before findings. */
  readonly within: string;
}

/** The main graph and the subgraphs of a plan that are there. */
export function plannedGraphs(plan: Plan, model: Model): readonly PlannedGraph[] {
  const known = (plan.subgraphs ?? []).filter(({ subgraph }) => graphsOf(model)[subgraph]);
  return [
    { plan, model: asPlanned(model), within: "" },
    ...known.map(({ subgraph, plan }) => ({
      plan,
      model: asPlanned(withGraph(model, subgraph)),
      within: `subgraph ${subgraph}: `,
    })),
  ];
}

/**
 * Whether every subgraph that a run reaches has one plan, takes and gives what its graph says, and has
 * its arena in scratch memory of each step that runs it.
 */
export function checkSubgraphs(plan: Plan, model: Model): PlanFinding[] {
  const found: PlanFinding[] = [];
  const own = plan.subgraphs ?? [];
  const reached = reachable(model).slice(1);
  for (const subgraph of new Set([...reached, ...own.map((each) => each.subgraph)])) {
    const times = own.filter((each) => each.subgraph === subgraph).length;
    const needed = reached.includes(subgraph) ? 1 : 0;
    if (times === needed) continue;
    found.push(finding(`subgraph ${subgraph} has ${times} plans, needed ${needed}`));
  }
  if (found.length > 0) return found;
  const plans = new Map(own.map(({ subgraph, plan }) => [subgraph, plan]));
  const units = unitsOf(model, plans);
  for (const { plan: each, model: graph, within } of plannedGraphs(plan, model)) {
    found.push(
      ...checkCalls(each, graph, { plans, units }).map((one) => (
        { ...one, message: within + one.message }
      )),
    );
    if (within === "") continue;
    const isWhole = each.inputs.join() === graph.inputs.join() &&
      each.outputs.join() === graph.outputs.join() && each.external.length === 0;
    if (!isWhole) found.push(finding(`${within}inputs and outputs are to be as in the graph`));
  }
  return found;
}

/** Whether each step that runs subgraphs has room for their arenas. */
function checkCalls(
  { steps, buffers }: Plan,
  { operators }: Model,
  { plans, units }: {
    readonly plans: ReadonlyMap<number, Plan>;
    readonly units: ReadonlyMap<number, number>;
  },
): PlanFinding[] {
  return steps.flatMap(({ operator, scratch }, step) => {
    const called = operators[operator] === undefined ? [] : callees(operators[operator]);
    return called.flatMap((subgraph): PlanFinding[] => {
      const { peakBytes } = plans.get(subgraph)!;
      if (peakBytes === 0) return [];
      const room = buffers.find(({ id }) => id === scratch[0]);
      const at = { step, operator };
      if (room === undefined || room.sizeBytes < peakBytes) {
        const message = `operator ${operator} runs subgraph ${subgraph} in ` +
          `${room?.sizeBytes ?? 0} bytes of scratch memory, needed ${peakBytes}`;
        return [finding(message, at)];
      }
      const unit = units.get(subgraph)!;
      if (room.offsetBytes % unit === 0) return [];
      const message = `operator ${operator} runs subgraph ${subgraph} at byte ` +
        `${room.offsetBytes}, needed a multiple of ${unit}`;
      return [finding(message, { ...at, byte: room.offsetBytes })];
    });
  });
}

/** What the first byte of each subgraph's arena has to be a multiple of, for its own subgraphs too. */
function unitsOf(model: Model, plans: ReadonlyMap<number, Plan>): ReadonlyMap<number, number> {
  const graphs = graphsOf(model);
  const own = ([subgraph, { alignmentBytes, buffers }]: readonly [number, Plan]) =>
    buffers.flatMap(({ tensors }) =>
      tensors.map((tensor) => dtypeBits(graphs[subgraph].tensors[tensor]?.dtype ?? "int8") / 8)
    ).reduce((unit, bytes) => lcm(unit, Math.max(1, bytes)), alignmentBytes);
  const units = new Map([...plans].map((each) => [each[0], own(each)]));
  const all = new Map([...units.keys()].map((subgraph) => [
    subgraph,
    reachable(model, subgraph).reduce((unit, each) => lcm(unit, units.get(each) ?? 1), 1),
  ]));
  return all;
}

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return a / x * b;
}
