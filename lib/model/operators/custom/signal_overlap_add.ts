import type { Dtype } from "../../dtype.ts";
import type { OperatorDefinition } from "../../operator_definition.ts";
import { elements, sizeBytes } from "../../shape.ts";
import { expectShape } from "../../shape_faults.ts";

/**
 * Attributes of SignalOverlapAdd.
 *
 * @category Models
 */
export interface SignalOverlapAddAttributes {
  /** Type of the samples. */
  readonly type: Dtype;
  /** Samples from one frame to the next. */
  readonly frameStep: number;
}

/** SignalOverlapAdd. */
export const signalOverlapAdd: OperatorDefinition<SignalOverlapAddAttributes> = {
  description: "Adds overlapping frames up to rows of samples",
  optionTable: null,
  customOptions: {
    type: { key: "T", kind: "dtype" },
    frameStep: { key: "frame_step", kind: "int32" },
  },
  inputs: 1,
  access: { kind: "none" },
  check: ({ frameStep }, { inputs: [{ shape }], outputs: [output] }) => {
    if (shape.length < 2 || elements(shape) === 0) {
      return `input of shape [${shape}], needed frames of samples`;
    }
    const [frames, size] = shape.slice(-2);
    if (frameStep < 1 || frameStep > size) return `step ${frameStep} for frames of ${size} samples`;
    return expectShape(output, [...shape.slice(0, -2), frames * frameStep]);
  },
  keptBytes: (_, { inputs: [input] }) => sizeBytes(input) / input.shape[input.shape.length - 2],
};
