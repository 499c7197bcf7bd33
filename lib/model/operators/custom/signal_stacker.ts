import type { OperatorDefinition } from "../../operator_definition.ts";
import { expectShape, rankFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalStacker.
 *
 * @category Models
 */
export interface SignalStackerAttributes {
  /** Channels of a frame. */
  readonly numChannels: number;
  /** Frames before a frame that are stacked with it. */
  readonly leftContext: number;
  /** Frames behind it. */
  readonly rightContext: number;
  /** Frames from one stack to the next. */
  readonly step: number;
}

/** SignalStacker. */
export const signalStacker: OperatorDefinition<SignalStackerAttributes> = {
  description: "Stacks frames with those around them; outputs: stack, whether there is one",
  optionTable: null,
  customOptions: {
    numChannels: { key: "num_channels", kind: "int32" },
    leftContext: { key: "stacker_left_context", kind: "int32" },
    rightContext: { key: "stacker_right_context", kind: "int32" },
    step: { key: "stacker_step", kind: "int32" },
  },
  inputs: 1,
  outputs: 2,
  access: { kind: "none" },
  check: (attributes, { inputs: [input], outputs: [output, valid] }) => {
    const { numChannels, leftContext, rightContext, step } = attributes;
    const frames = leftContext + rightContext + 1;
    const isRange = numChannels >= 1 && leftContext >= 0 && rightContext >= 0 && step >= 1;
    if (!isRange || step > frames) {
      return `stacks of ${leftContext} + 1 + ${rightContext} frames of ${numChannels} channels ` +
        `every ${step} frames`;
    }
    if (rankFault("input", input, 1) !== null || input.shape[0] < numChannels) {
      return `input of shape [${input.shape}], needed [${numChannels}]`;
    }
    return expectShape(output, [numChannels * frames]) ?? rankFault("valid", valid, 0);
  },
  keptBytes: ({ numChannels, leftContext, rightContext }) =>
    8 + 2 * numChannels * (leftContext + rightContext),
};
