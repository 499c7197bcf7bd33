import { operatorName } from "../model/operator.ts";
import { sizeBytes } from "../model/shape.ts";
import type { StepOrder } from "./graph/order_steps.ts";
import type { PlanGraph } from "./graph/plan_graph.ts";
import type { BuiltProblem } from "./offsets/build_problem.ts";
import type { Placement } from "./offsets/place_items.ts";
import { placeScratch, type RunStep } from "./offsets/place_scratch.ts";
import { peakOf } from "./peak_of.ts";
import { pixelsAtOnce } from "./pixels_at_once.ts";
import type { Plan, PlanBuffer, PlanStep, SharedBytes } from "./plan.ts";
import type { PlanSettings } from "./plan_options.ts";

/** What was found out about a graph. */
export interface Findings {
  readonly order: StepOrder;
  readonly built: BuiltProblem;
  readonly placement: Placement;
  readonly settings: PlanSettings;
}

/** The plan as plain data; sizes of Flash are not known here. */
export function writePlan(
  graph: PlanGraph,
  { order, built, placement, settings }: Findings,
): Omit<Plan, "flash" | "flashBytes" | "fit"> {
  const { offsets } = placement;
  const { steps: running, heightBytes } = placeScratch(built.problem, offsets);
  const buffers = [
    ...built.problem.items.map((_, i) => itemBuffer(graph, built, { i, offset: offsets[i] })),
    ...rings(graph, running, order.order),
    ...emptyBuffers(graph),
  ];
  const steps = running.map((run, step) =>
    planStep(graph, order.order[step], { run, step, buffers })
  );
  return {
    schemaVersion: 1,
    model: graph.model.name,
    techniques: settings.techniques,
    input: settings.input,
    alignmentBytes: settings.alignmentBytes,
    inputs: graph.inputs,
    outputs: graph.outputs,
    steps,
    removed: graph.removed,
    external: graph.external,
    stateBytes: graph.model.tensors.reduce(
      (sum, tensor) => tensor.isVariable ? sum + sizeBytes(tensor) : sum,
      0,
    ),
    buffers: withShares(buffers, steps, built, running),
    peakBytes: heightBytes,
    lowerBoundBytes: placement.boundBytes,
    lowerBoundReason: boundReason(steps, placement.boundStep),
    optimal: heightBytes === placement.boundBytes,
    orderOptimal: order.optimal,
    peak: peakOf(graph.model, { steps, buffers }),
    macFactor: 1,
    method: placement.method,
  };
}

function itemBuffer(
  graph: PlanGraph,
  { problem, valueOf, purposeOf }: BuiltProblem,
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
    from,
    until,
    shares: [],
  };
}

function rings(
  graph: PlanGraph,
  running: readonly RunStep[],
  order: readonly number[],
): PlanBuffer[] {
  return running.flatMap(({ choice, channels, ringOffset }, step) => {
    if (choice.ringBytes === 0) return [];
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

function ringId(step: number): string {
  return `r${step}`;
}

/** Values without bytes have no place to find, but an engine looks them up like all others. */
function emptyBuffers({ values }: PlanGraph): PlanBuffer[] {
  return values.flatMap(({ sizeBytes, name, tensors }, value) => {
    if (sizeBytes > 0) return [];
    const place = { offsetBytes: 0, sizeBytes, alignmentBytes: 1, from: 0, until: 1, shares: [] };
    return [{ id: `v${value}`, kind: "tensor" as const, name, tensors, ...place }];
  });
}

function planStep(
  graph: PlanGraph,
  index: number,
  { run, step, buffers }: {
    readonly run: RunStep;
    readonly step: number;
    readonly buffers: readonly PlanBuffer[];
  },
): PlanStep {
  const { operator, inputs, outputs, folded } = graph.steps[index];
  const { form, direction, delayPixels } = run.choice;
  const scratch = buffers.filter(({ kind, from }) => kind === "scratch" && from === step);
  return {
    operator,
    name: operatorName(graph.model.operators[operator]),
    inputs,
    outputs,
    form,
    direction,
    pixelsAtOnce: form === "overlap"
      ? pixelsAtOnce(graph.model, { step: graph.steps[index], direction, buffers })
      : null,
    delayPixels,
    channelsAtOnce: form === "in-place" && delayPixels > 0 ? run.channels : null,
    foldedPadding: folded?.padding ?? null,
    scratch: scratch.map(({ id }) => id),
    ring: run.channels > 0 ? ringId(step) : null,
  };
}

function withShares(
  buffers: readonly PlanBuffer[],
  steps: readonly PlanStep[],
  { problem }: BuiltProblem,
  running: readonly RunStep[],
): PlanBuffer[] {
  const shares = buffers.map((): SharedBytes[] => []);
  problem.steps.forEach(({ pairings }, step) => {
    const { form, direction } = running[step].choice;
    if (form === "plain") return;
    for (const { input, output, forwardBytes, reverseBytes } of pairings) {
      const distanceBytes = buffers[output].offsetBytes - buffers[input].offsetBytes;
      const isApart = distanceBytes >= buffers[input].sizeBytes ||
        -distanceBytes >= buffers[output].sizeBytes;
      if (isApart) continue;
      const limitBytes = form === "in-place"
        ? distanceBytes
        : direction === "forward"
        ? forwardBytes
        : reverseBytes;
      const reason = form === "in-place"
        ? `channel by channel, ${running[step].choice.delayPixels} finished pixels held back`
        : overlapReason(steps[step], direction);
      const fact = { step, form, direction, distanceBytes, limitBytes, reason };
      shares[input].push({ buffer: buffers[output].id, ...fact });
      shares[output].push({ buffer: buffers[input].id, ...fact });
    }
  });
  return buffers.map((buffer, i) => ({ ...buffer, shares: shares[i] }));
}

function boundReason(steps: readonly PlanStep[], bound: number): string {
  const step = steps[bound];
  if (step === undefined) return "no offsets are lower";
  return `operator ${step.operator} ${step.name}: what is alive, less what its loops let it share`;
}

function overlapReason({ name }: PlanStep, direction: string): string {
  return `${name} running ${direction} stores over input that it does not read again`;
}
