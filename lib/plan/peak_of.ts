import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { PlanBuffer, PlanPeak, PlanStep } from "./plan.ts";

/** Bytes that the buffers alive at a step take up, shared ones counted once. */
export function usedBytes(buffers: readonly PlanBuffer[], step: number): number {
  const alive = buffers
    .filter(({ from, until }) => from <= step && step < until)
    .sort((a, b) => a.offsetBytes - b.offsetBytes);
  let used = 0;
  let end = 0;
  for (const { offsetBytes, sizeBytes } of alive) {
    const until = offsetBytes + sizeBytes;
    used += Math.max(0, until - Math.max(end, offsetBytes));
    end = Math.max(end, until);
  }
  return used;
}

/** The step that takes up the most bytes, the first of equals; null for a model without operators. */
export function peakOf(
  { tensors }: Model,
  steps: readonly PlanStep[],
  buffers: readonly PlanBuffer[],
): PlanPeak | null {
  if (steps.length === 0) return null;
  // Rings are made as wide as there is room; a step does not become the peak by that.
  const tight = buffers.map((buffer) => narrowed(buffer, steps));
  const used = steps.map((_, step) => usedBytes(tight, step));
  const step = used.indexOf(Math.max(...used));
  const alive = buffers.filter(({ from, until }) => from <= step && step < until);
  const live = alive.map((buffer) => {
    if (buffer.kind === "scratch") {
      return { tensor: -1, name: buffer.name, sizeBytes: buffer.sizeBytes };
    }
    // Of a tensor and its views the one that the operator touches.
    const { inputs, outputs } = steps[step];
    const tensor = buffer.tensors.find((t) => inputs.includes(t) || outputs.includes(t)) ??
      buffer.tensors[0];
    const name = `t${tensor}`;
    return { tensor, name, sizeBytes: sizeBytes(tensors[tensor]) };
  });
  const { operator, name } = steps[step];
  return { step, operator, name, usedBytes: used[step], live };
}

function narrowed(buffer: PlanBuffer, steps: readonly PlanStep[]): PlanBuffer {
  const channels = steps[buffer.from]?.channelsAtOnce ?? null;
  if (!buffer.id.startsWith("r") || channels === null) return buffer;
  return { ...buffer, sizeBytes: buffer.sizeBytes / channels };
}
