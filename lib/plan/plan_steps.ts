import { operatorName } from "../model/operator.ts";
import type { Fusion, Part } from "./fuse/fusion.ts";
import type { StepOrder } from "./graph/order_steps.ts";
import type { PlanGraph } from "./graph/plan_graph.ts";
import type { BuiltProblem } from "./offsets/build_problem.ts";
import type { Placement, RunStep } from "./offsets/place_items.ts";
import { pixelsAtOnce } from "./overlap_rules.ts";
import type { PlanBuffer, PlanStep, SharedBytes, StepForm } from "./plan.ts";
import type { PlanSettings } from "./plan_options.ts";

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

export function planStep(
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
export function fusedStep(
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

export function withShares(
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
  for (const { input, output, stillBytes: distanceBytes, step: part } of problem.views) {
    const [a, b] = [input, output].map((item) => bufferOf.get(problem.items[item].id)!);
    if (buffers[b].offsetBytes - buffers[a].offsetBytes !== distanceBytes) continue;
    const { from: step } = parts[part];
    const reason = `${steps[step].name} moves nothing: one is a part of the other`;
    const fact = { step, form: "view", direction: "forward", distanceBytes, reason } as const;
    shares[a].push({ buffer: buffers[b].id, ...fact, limitBytes: distanceBytes });
    shares[b].push({ buffer: buffers[a].id, ...fact, limitBytes: distanceBytes });
  }
  return buffers.map((buffer, i) => ({ ...buffer, shares: shares[i] }));
}

export function boundReason(steps: readonly PlanStep[], bound: number): string {
  const step = steps[bound];
  if (step === undefined) return "no offsets are lower";
  return `operator ${step.operator} ${step.name}: what is alive, less what its loops let it share`;
}

function overlapReason({ name }: PlanStep, direction: string): string {
  return `${name} running ${direction} stores over input that it does not read again`;
}

export function ringId(step: number): string {
  return `r${step}`;
}
