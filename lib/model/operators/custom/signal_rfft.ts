import type { Dtype } from "../../dtype.ts";
import type { OperatorDefinition } from "../../operator_definition.ts";
import { fftFault } from "../../fft_stages.ts";

/**
 * Attributes of SignalRfft.
 *
 * @category Models
 */
export interface SignalRfftAttributes {
  /** Type of samples and spectrum. */
  readonly type: Dtype;
  /** Samples of a transform. */
  readonly fftLength: number;
}

/** SignalRfft. */
export const signalRfft: OperatorDefinition<SignalRfftAttributes> = {
  description: "Spectrum of real samples, padded with zeros, as pairs of real and imaginary part",
  optionTable: null,
  customOptions: {
    type: { key: "T", kind: "dtype" },
    fftLength: { key: "fft_length", kind: "int32" },
  },
  inputs: 1,
  access: { kind: "none" },
  check: ({ fftLength }, { inputs: [input], outputs: [output] }) =>
    fftFault(fftLength, { samples: input, spectrum: output, isPadded: true }),
};
