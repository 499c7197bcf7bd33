import { macs } from "../model/macs.ts";
import { sizeBytes } from "../model/shape.ts";
import { keptBytes, stateTensors } from "../model/state.ts";
import type { PlacedPlan } from "./fits.ts";
import type { Fusion, Part } from "./fuse/fusion.ts";
import { writeSegment } from "./fuse/write_segment.ts";
import type { PlanGraph } from "./graph/plan_graph.ts";
import { peakOf, valueLifetimes } from "./lifetimes.ts";
import { placeScratch, type RunStep } from "./offsets/place_items.ts";
import type { PlanBuffer, PlanStep } from "./plan.ts";
import {
  boundReason,
  type Findings,
  fusedStep,
  planStep,
  ringId,
  withShares,
} from "./plan_steps.ts";
import type { PlanSegment } from "./segment.ts";
import { unknownParts } from "./unknown_parts.ts";

/** The plan as plain data; sizes of Flash are not known here. */
export function writePlan(
  graph: PlanGraph,
  { order, parts, built, fusion, placement, settings }: Findings,
): PlacedPlan {
  const { offsets } = placement;
  const { steps: running, heightBytes } = placeScratch(built.problem, offsets);
  const segments = parts.flatMap(({ form, ...part }, index) => {
    if (form === null || fusion === null) return [];
    const workspace = built.problem.items.findIndex(({ from, isScratch }) =>
      isScratch && from === index
    );
    const { direction } = running[index].choice;
    const workspaceByte = workspace === -1 ? 0 : offsets[workspace];
    return [{ index, ...writeSegment(fusion, { ...part, form }, { workspaceByte, direction }) }];
  });
  const buffers = [
    ...built.problem.items.flatMap(({ isScratch, from }, i) =>
      isScratch && parts[from].form !== null
        ? []
        : [itemBuffer(graph, { built, parts }, { i, offset: offsets[i] })]
    ),
    ...segments.flatMap((written) => written.buffers),
    ...rings(graph, running, { order: order.order, parts }),
    ...emptyBuffers(graph, order.order),
  ];
  const steps = parts.flatMap((part, index): PlanStep[] => {
    const run = running[index];
    const { from: step, until } = part;
    if (part.form === null) return [planStep(graph, order.order[step], { run, step, buffers })];
    const segment = segments.findIndex((written) => written.index === index);
    const { sumsByte } = segments[segment].segment;
    const sums = sumsByte === null ? [] : [`f${until - 1}`];
    return Array.from({ length: until - step }, (_, i) => {
      const scratch = i === until - step - 1 ? sums : [];
      const { direction } = run.choice;
      return fusedStep(graph, order.order[step + i], { segment, direction, scratch });
    });
  });
  const unknown = unknownParts(graph.model);
  const bound = parts[placement.boundStep]?.from ?? -1;
  const factor = macFactor(graph.model, fusion, segments.map(({ segment }) => segment));
  return {
    schemaVersion: 1,
    model: graph.model.name,
    techniques: settings.techniques,
    input: settings.input,
    alignmentBytes: settings.alignmentBytes,
    inputs: graph.inputs,
    outputs: graph.outputs,
    fusion: settings.fusion,
    segments: segments.map(({ segment }) => segment),
    steps,
    removed: graph.removed,
    external: graph.external,
    stateBytes: stateBytes(graph.model),
    scratch: null,
    buffers: withShares(buffers, steps, { built, parts, running }),
    peakBytes: heightBytes,
    lowerBoundBytes: placement.boundBytes,
    lowerBoundReason: boundReason(steps, bound),
    optimal: heightBytes === placement.boundBytes && unknown.length === 0,
    unknown,
    orderOptimal: order.optimal,
    peak: peakOf(graph.model, { steps, buffers }, bound),
    macFactor: factor,
    method: placement.method,
  };
}

/** What lives from run to run: tensors, and what operators keep beside them. */
function stateBytes(model: PlanGraph["model"]): number {
  const { tensors, operators } = model;
  const ofTensors = [...stateTensors(model)].reduce((sum, t) => sum + sizeBytes(tensors[t]), 0);
  return operators.reduce((sum, operator) => sum + keptBytes(operator, tensors), ofTensors);
}

/** Multiply-accumulates with the segments over those of the layers one by one. */
function macFactor(
  model: PlanGraph["model"],
  fusion: Fusion | null,
  segments: readonly PlanSegment[],
): number {
  const total = macs(model);
  if (fusion === null || total === 0) return 1;
  const more = segments.reduce((sum, segment) => {
    const layers = fusion.macs.slice(segment.from, segment.until);
    return sum + segment.macs - layers.reduce((all, each) => all + each, 0);
  }, 0);
  return (total + more) / total;
}

function itemBuffer(
  graph: PlanGraph,
  { built: { problem, valueOf, purposeOf }, parts }: Pick<Findings, "built" | "parts">,
  { i, offset }: { readonly i: number; readonly offset: number },
): PlanBuffer {
  const { id, sizeBytes, alignmentBytes, from, until, isScratch } = problem.items[i];
  const value = graph.values[valueOf[i]];
  return {
    id,
    kind: isScratch ? "scratch" : "tensor",
    name: isScratch ? purposeOf[i] : value.name,
    tensors: isScratch ? [] : value.tensors,
    offsetBytes: offset,
    sizeBytes,
    alignmentBytes,
    from: parts[from]?.from ?? 0,
    until: parts[until - 1]?.until ?? 1,
    shares: [],
  };
}

function rings(
  graph: PlanGraph,
  running: readonly RunStep[],
  { order, parts }: { readonly order: readonly number[]; readonly parts: readonly Part[] },
): PlanBuffer[] {
  return running.flatMap(({ choice, channels, ringOffset }, part) => {
    if (choice.ringBytes === 0) return [];
    const step = parts[part].from;
    const operator = graph.steps[order[step]].operator;
    return [{
      id: ringId(step),
      kind: "scratch" as const,
      name: `ring of operator ${operator}`,
      tensors: [],
      offsetBytes: ringOffset,
      sizeBytes: choice.ringBytes * channels,
      alignmentBytes: 1,
      from: step,
      until: step + 1,
      shares: [],
    }];
  });
}

/** Values without bytes have no place to find, but an engine looks them up like all others. */
function emptyBuffers(graph: PlanGraph, order: readonly number[]): PlanBuffer[] {
  const spans = valueLifetimes(graph, order);
  return graph.values.flatMap(({ sizeBytes, name, tensors }, value) => {
    if (sizeBytes > 0) return [];
    const place = { offsetBytes: 0, sizeBytes, alignmentBytes: 1, ...spans[value], shares: [] };
    return [{ id: `v${value}`, kind: "tensor" as const, name, tensors, ...place }];
  });
}
