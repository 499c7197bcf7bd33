import { macs } from "../model/macs.ts";
import { operatorName } from "../model/operator.ts";
import { sizeBytes } from "../model/shape.ts";
import type { PlacedPlan } from "./fits.ts";
import type { Fusion, Part } from "./fuse/fusion.ts";
import { writeSegment } from "./fuse/write_segment.ts";
import type { StepOrder } from "./graph/order_steps.ts";
import type { PlanGraph } from "./graph/plan_graph.ts";
import { peakOf } from "./lifetimes.ts";
import type { BuiltProblem } from "./offsets/build_problem.ts";
import { type Placement, placeScratch, type RunStep } from "./offsets/place_items.ts";
import { pixelsAtOnce } from "./overlap_rules.ts";
import type { PlanBuffer, PlanStep, SharedBytes, StepForm } from "./plan.ts";
import type { PlanSettings } from "./plan_options.ts";
import type { PlanSegment } from "./segment.ts";

/** What was found out about a graph. */
export interface Findings {
  readonly order: StepOrder;
  /** Segments and single steps, one after the other. */
  readonly parts: readonly Part[];
  /** Items and rules of the parts. */
  readonly built: BuiltProblem;
  /** What the parts were taken from. */
  readonly fusion: Fusion | null;
  readonly placement: Placement;
  readonly settings: PlanSettings;
}

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
    ...emptyBuffers(graph),
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
    stateBytes: graph.model.tensors.reduce(
      (sum, tensor) => tensor.isVariable ? sum + sizeBytes(tensor) : sum,
      0,
    ),
    scratch: null,
    buffers: withShares(buffers, steps, { built, parts, running }),
    peakBytes: heightBytes,
    lowerBoundBytes: placement.boundBytes,
    lowerBoundReason: boundReason(steps, parts[placement.boundStep]?.from ?? -1),
    optimal: heightBytes === placement.boundBytes,
    orderOptimal: order.optimal,
    peak: peakOf(graph.model, { steps, buffers }),
    macFactor: factor,
    method: placement.method,
  };
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
    segment: null,
    scratch: scratch.map(({ id }) => id),
    ring: run.channels > 0 ? ringId(step) : null,
  };
}

/** An operator of a segment: how it runs is told there. */
function fusedStep(
  graph: PlanGraph,
  index: number,
  { segment, direction, scratch }: Pick<PlanStep, "segment" | "direction" | "scratch">,
): PlanStep {
  const { operator, inputs, outputs, folded } = graph.steps[index];
  return {
    operator,
    name: operatorName(graph.model.operators[operator]),
    inputs,
    outputs,
    form: "fused",
    direction,
    pixelsAtOnce: null,
    delayPixels: 0,
    channelsAtOnce: null,
    foldedPadding: folded?.padding ?? null,
    segment,
    scratch,
    ring: null,
  };
}

function withShares(
  buffers: readonly PlanBuffer[],
  steps: readonly PlanStep[],
  { built: { problem }, parts, running }: Pick<Findings, "built" | "parts"> & {
    readonly running: readonly RunStep[];
  },
): PlanBuffer[] {
  const shares = buffers.map((): SharedBytes[] => []);
  const bufferOf = new Map(buffers.map(({ id }, index) => [id, index]));
  problem.steps.forEach(({ pairings }, part) => {
    const { form: choice, direction } = running[part].choice;
    if (choice === "plain") return;
    const { from: step, form: segment } = parts[part];
    const form: StepForm = segment === null ? choice : "fused";
    for (const pairing of pairings) {
      const { forwardBytes, reverseBytes } = pairing;
      const input = bufferOf.get(problem.items[pairing.input].id)!;
      const output = bufferOf.get(problem.items[pairing.output].id)!;
      const distanceBytes = buffers[output].offsetBytes - buffers[input].offsetBytes;
      const isApart = distanceBytes >= buffers[input].sizeBytes ||
        -distanceBytes >= buffers[output].sizeBytes;
      if (isApart) continue;
      const limitBytes = choice === "in-place"
        ? distanceBytes
        : direction === "forward"
        ? forwardBytes
        : reverseBytes;
      const reason = form === "in-place"
        ? `channel by channel, ${running[part].choice.delayPixels} finished pixels held back`
        : form === "fused"
        ? `the segment running ${direction} stores over input that it does not read again`
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
