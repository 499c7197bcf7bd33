import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Plan, PlanBuffer, PlanPeak, PlanStep } from "./plan.ts";

/** What is known of a plan's memory and operators. */
export type PlannedSteps = Pick<Plan, "buffers" | "steps">;

/**
 * Bytes that a step needs: those of the buffers alive, shared ones counted once. Rings are counted for
 * one group of channels of the least width: they are made wide where there is room, not need.
 */
export function usedBytes({ buffers, steps }: PlannedSteps, step: number): number {
  const alive = buffers
    .filter(({ from, until }) => from <= step && step < until)
    .sort((a, b) => a.offsetBytes - b.offsetBytes);
  let used = 0;
  let end = 0;
  for (const buffer of alive) {
    const until = buffer.offsetBytes + neededBytes(buffer, steps[step]);
    used += Math.max(0, until - Math.max(end, buffer.offsetBytes));
    end = Math.max(end, until);
  }
  return used;
}

function neededBytes({ id, sizeBytes }: PlanBuffer, { ring, channelsAtOnce }: PlanStep): number {
  return id === ring ? sizeBytes / channelsAtOnce! : sizeBytes;
}

/** The step that needs the most bytes, the first of equals; null for a model without operators. */
export function peakOf({ tensors }: Model, plan: PlannedSteps): PlanPeak | null {
  const { buffers, steps } = plan;
  if (steps.length === 0) return null;
  const used = steps.map((_, step) => usedBytes(plan, step));
  const step = used.indexOf(Math.max(...used));
  const { operator, name, inputs, outputs } = steps[step];
  const alive = buffers.filter(({ from, until }) => from <= step && step < until);
  const live = alive.map((buffer) => {
    if (buffer.kind === "ring") {
      const [tensor] = buffer.tensors;
      return { tensor, name: `ring of t${tensor}`, sizeBytes: buffer.sizeBytes };
    }
    if (buffer.kind === "scratch") {
      const needed = neededBytes(buffer, steps[step]);
      return { tensor: -1, name: buffer.name, sizeBytes: needed };
    }
    // Of a tensor and its views the one that the operator touches.
    const tensor = buffer.tensors.find((t) => inputs.includes(t) || outputs.includes(t)) ??
      buffer.tensors[0];
    return { tensor, name: `t${tensor}`, sizeBytes: sizeBytes(tensors[tensor]) };
  });
  return { step, operator, name, usedBytes: used[step], live };
}
