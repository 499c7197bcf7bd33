import type { Dtype } from "../../dtype.ts";
import type { OperatorDefinition } from "../../operator_definition.ts";
import { fftFault } from "../../fft_stages.ts";

/**
 * Attributes of SignalIrfft.
 *
 * @category Models
 */
export interface SignalIrfftAttributes {
  /** Type of samples and spectrum. */
  readonly type: Dtype;
  /** Samples of a transform. */
  readonly fftLength: number;
}

/** SignalIrfft. */
export const signalIrfft: OperatorDefinition<SignalIrfftAttributes> = {
  description: "Real samples of a spectrum of pairs of real and imaginary part",
  optionTable: null,
  customOptions: {
    type: { key: "T", kind: "dtype" },
    fftLength: { key: "fft_length", kind: "int32" },
  },
  inputs: 1,
  access: { kind: "none" },
  check: ({ fftLength }, { inputs: [input], outputs: [output] }) =>
    fftFault(fftLength, { samples: output, spectrum: input, isPadded: false }),
};
