import type { OperatorDefinition } from "../../operator_definition.ts";
import { rankFault, sameShape, sameShapeFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalPCAN.
 *
 * @category Models
 */
export interface SignalPcanAttributes {
  /** Bits by which products of signal and gain are shifted down. */
  readonly snrShift: number;
}

/** SignalPCAN. */
export const signalPcan: OperatorDefinition<SignalPcanAttributes> = {
  description: "Per-channel automatic gain control; inputs: channels, noise estimate, gains",
  optionTable: null,
  customOptions: { snrShift: { key: "snr_shift", kind: "int32" } },
  inputs: 3,
  access: { kind: "none" },
  check: ({ snrShift }, operands) => {
    const { inputs: [input, noise, gains] } = operands;
    if (snrShift < 0 || snrShift > 63) return `shift ${snrShift}, needed 0 to 63`;
    const fault = rankFault("input", input, 1) ?? rankFault("gains", gains, 1) ??
      sameShapeFault(operands);
    if (fault !== null) return fault;
    // Three numbers for each of the 32 positions of the leading bit, less what 0 to 2 have.
    if (gains.shape[0] < GAINS) return `${gains.shape[0]} gains, needed ${GAINS}`;
    return sameShape(noise.shape, input.shape)
      ? null
      : `noise estimate of shape [${noise.shape}], needed [${input.shape}]`;
  },
};

const GAINS = 4 * 32 - 6 + 3;
