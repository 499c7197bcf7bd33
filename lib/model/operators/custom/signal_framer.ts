import type { OperatorDefinition } from "../../operator_definition.ts";
import { elements } from "../../shape.ts";
import { differ, expectShape, rankFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalFramer.
 *
 * @category Models
 */
export interface SignalFramerAttributes {
  /** Samples of a frame. */
  readonly frameSize: number;
  /** Samples from one frame to the next. */
  readonly frameStep: number;
  /** Whether zeros stand before the first samples, so that there is a frame at once. */
  readonly prefill: boolean;
}

/** SignalFramer. */
export const signalFramer: OperatorDefinition<SignalFramerAttributes> = {
  description:
    "Cuts rows of samples into overlapping frames; outputs: frames, whether there are any",
  optionTable: null,
  customOptions: {
    frameSize: { key: "frame_size", kind: "int32" },
    frameStep: { key: "frame_step", kind: "int32" },
    prefill: { key: "prefill", kind: "bool" },
  },
  inputs: 1,
  outputs: 2,
  access: { kind: "none" },
  check: (attributes, { inputs: [{ shape }], outputs: [output, valid] }) => {
    const { frameSize, frameStep, prefill } = attributes;
    if (frameSize < 1 || frameStep < 1 || prefill && frameSize < frameStep) {
      return `frames of ${frameSize} samples every ${frameStep}${prefill ? ", prefilled" : ""}`;
    }
    const size = shape.at(-1) ?? 0;
    if (size < frameStep || differ(size % frameStep, 0)) {
      return `rows of ${size} samples, needed a multiple of ${frameStep}`;
    }
    return expectShape(output, [...shape.slice(0, -1), size / frameStep, frameSize]) ??
      rankFault("valid", valid, 0);
  },
  keptBytes: (attributes, { inputs: [{ shape }] }) =>
    4 + 2 * framerHistory(attributes) * elements(shape.slice(0, -1)),
};

/** Samples of a row that a framer keeps: those that a frame has beside the newest ones. */
export function framerHistory(attributes: SignalFramerAttributes): number {
  const { frameSize, frameStep, prefill } = attributes;
  return prefill ? frameSize - frameStep : (Math.ceil(frameSize / frameStep) - 1) * frameStep;
}
