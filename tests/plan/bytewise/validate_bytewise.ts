// The oracle of the validator: every byte of the arena carries the number of its owner, and each step
// stores its output byte by byte. Slow, and simple enough to be believed.
import type { Model, Plan, PlanFinding } from "tinyloom";
import { sizeBytes } from "../../../lib/model/shape.ts";
import { finding } from "../../../lib/plan/validate/check_removed.ts";
import { checkShape } from "../../../lib/plan/validate/check_shape.ts";
import { runSegment } from "../../../lib/plan/validate/run_segment.ts";
import { windowRuns } from "./pixel_runs.ts";
import { Arena, type Run, runStep } from "./run_step.ts";

/** What `validatePlan` is to find. */
export function validateBytewise(plan: Plan, model: Model): readonly PlanFinding[] {
  const found = checkShape(plan, model);
  // A plan that contradicts itself cannot be run.
  if (found.length > 0) return found;
  const arena = new Arena(
    plan.buffers,
    ({ kind, tensors, sizeBytes: size }) =>
      kind === "ring" ? Math.max(...tensors.map((t) => sizeBytes(model.tensors[t]))) : size,
  );
  const bufferOf = (tensor: number) => plan.buffers.find((b) => b.tensors.includes(tensor));
  const isPlaced = (tensor: number) =>
    model.tensors[tensor].data === null && !model.tensors[tensor].isVariable &&
    !plan.external.includes(tensor);
  const stored = (tensor: number) =>
    arena.store(bufferOf(tensor)!, 0, sizeBytes(model.tensors[tensor]));
  for (const tensor of plan.inputs) if (isPlaced(tensor)) stored(tensor);
  // A custom operator's own scratch memory: nothing writes it, so nothing can be lost there.
  const written = new Set(plan.steps.flatMap(({ outputs }) => outputs));
  const given = new Set(plan.inputs.map((tensor) => bufferOf(tensor)));
  plan.steps.forEach((step, index) => {
    for (const tensor of step.inputs) {
      if (tensor === -1 || !isPlaced(tensor) || written.has(tensor)) continue;
      const buffer = bufferOf(tensor)!;
      const isProduced = given.has(buffer) || buffer.tensors.some((view) => written.has(view));
      if (!isProduced) stored(tensor);
    }
    for (const tensor of [...step.inputs, ...step.outputs]) {
      if (tensor === -1 || !isPlaced(tensor)) continue;
      const { id, from, until } = bufferOf(tensor)!;
      if (from <= index && index < until) continue;
      const message = `operator ${step.operator} touches t${tensor} at step ${index}, but buffer ` +
        `${id} is alive in steps ${from} to ${until - 1} only`;
      found.push(finding(message, { step: index, operator: step.operator, tensor }));
    }
    const stage = { plan, model, arena, bufferOf, isPlaced };
    const segment = plan.segments.findIndex(({ from }) => from === index);
    if (segment === -1 && step.segment !== null) return;
    // Kernels write there at any time, so nothing survives it, neither from before nor from the step.
    const worked = scratchOf(plan, segment === -1 ? index : plan.segments[segment]);
    for (const each of worked) arena.lose(each);
    found.push(...segment === -1 ? runStep(stage, index) : runSegment(stage, segment, windowRuns));
    for (const each of worked) arena.lose(each);
  });
  for (const tensor of plan.outputs) {
    if (!isPlaced(tensor)) continue;
    const byte = arena.lost(bufferOf(tensor)!, 0, sizeBytes(model.tensors[tensor]));
    if (byte === -1) continue;
    found.push(finding(`output t${tensor} is lost at byte ${byte} of the arena`, { tensor, byte }));
  }
  return found;
}

/** Bytes of the arena that kernels of a step, or of a segment's, work in. */
function scratchOf(
  { scratch }: Plan,
  which: number | { readonly from: number; readonly until: number },
): readonly Run[] {
  const { from, until } = typeof which === "number" ? { from: which, until: which + 1 } : which;
  return (scratch?.steps ?? [])
    .filter(({ step, place }) => place === "arena" && from <= step && step < until)
    .map(({ offsetBytes, sizeBytes }) => ({ address: offsetBytes, count: sizeBytes }));
}
