import type { Step } from "../../nest/step.ts";
import { convFloat32Schedules } from "../kernels/conv_float32.ts";
import { convInt8Schedules } from "../kernels/conv_int8.ts";
import { depthwiseInt8Schedules } from "../kernels/depthwise_int8.ts";
import type { Layer } from "../layer.ts";

/** A kernel that can be scheduled in several ways. */
export interface ScheduledKernel {
  /** As in `ChosenSchedule`. */
  readonly name: string;
  /** Schedules of a layer, the one expected to be the fastest first; none: not for this layer. */
  readonly schedules: (layer: Layer) => readonly (readonly Step[])[];
}

/** All of them. */
export const scheduledKernels: readonly ScheduledKernel[] = [
  { name: "conv int8", schedules: convInt8Schedules },
  { name: "conv float32", schedules: convFloat32Schedules },
  { name: "depthwise int8", schedules: depthwiseInt8Schedules },
];
