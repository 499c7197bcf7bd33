import type { Model } from "../model/model.ts";
import type { GraphStep } from "./graph/plan_graph.ts";
import type { LoopDirection } from "./loop_direction.ts";
import { overlapDistance } from "./overlap_distance.ts";
import { windowOf } from "./overlap_rules.ts";
import type { PlanBuffer } from "./plan.ts";

const MOST_PIXELS = 16;

/**
 * Output pixels, a power of two up to 16, that an overlapping operator may compute together where its
 * buffers lie; null for an element-wise operator, which has no limit.
 */
export function pixelsAtOnce(
  model: Model,
  { step, direction, buffers }: {
    readonly step: GraphStep;
    readonly direction: LoopDirection;
    readonly buffers: readonly PlanBuffer[];
  },
): number | null {
  const window = windowOf(model, model.operators[step.operator], step.folded);
  if (window === null) return null;
  const offsetOf = (tensor: number) =>
    buffers.find(({ tensors }) => tensors.includes(tensor))!.offsetBytes;
  const distance = offsetOf(step.outputs[0]) - offsetOf(step.inputs[0]);
  for (let pixels = MOST_PIXELS; pixels > 1; pixels /= 2) {
    const { forwardBytes, reverseBytes } = overlapDistance(window, { pixels });
    if (direction === "forward" ? distance <= forwardBytes : distance >= reverseBytes) {
      return pixels;
    }
  }
  return 1;
}
