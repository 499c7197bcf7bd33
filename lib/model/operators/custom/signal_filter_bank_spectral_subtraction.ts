import type { OperatorDefinition } from "../../operator_definition.ts";
import { expectShape, rankFault } from "../../shape_faults.ts";

/**
 * Attributes of SignalFilterBankSpectralSubtraction. Factors are in fixed point, with
 * `spectralSubtractionBits` bits behind the point.
 *
 * @category Models
 */
export interface SignalFilterBankSpectralSubtractionAttributes {
  /** Channels of the bank. */
  readonly numChannels: number;
  /** What of a signal goes into the noise estimate of an even channel. */
  readonly smoothing: number;
  /** What of the estimate stays. */
  readonly oneMinusSmoothing: number;
  /** The same of odd channels. */
  readonly alternateSmoothing: number;
  /** The same of odd channels. */
  readonly alternateOneMinusSmoothing: number;
  /** Bits by which signals are shifted up for the estimate. */
  readonly smoothingBits: number;
  /** What of a signal is left at least. */
  readonly minSignalRemaining: number;
  /** Whether an estimate is never larger than the signal. */
  readonly clamping: boolean;
  /** Bits behind the point. */
  readonly spectralSubtractionBits: number;
}

/** SignalFilterBankSpectralSubtraction. */
export const signalFilterBankSpectralSubtraction: OperatorDefinition<
  SignalFilterBankSpectralSubtractionAttributes
> = {
  description: "Takes noise off channels; outputs: channels, noise estimate",
  optionTable: null,
  customOptions: {
    numChannels: { key: "num_channels", kind: "int32" },
    smoothing: { key: "smoothing", kind: "int32" },
    oneMinusSmoothing: { key: "one_minus_smoothing", kind: "int32" },
    alternateSmoothing: { key: "alternate_smoothing", kind: "int32" },
    alternateOneMinusSmoothing: { key: "alternate_one_minus_smoothing", kind: "int32" },
    smoothingBits: { key: "smoothing_bits", kind: "int32" },
    minSignalRemaining: { key: "min_signal_remaining", kind: "int32" },
    clamping: { key: "clamping", kind: "bool" },
    spectralSubtractionBits: { key: "spectral_subtraction_bits", kind: "int32" },
  },
  inputs: 1,
  outputs: 2,
  access: { kind: "none" },
  check: (attributes, { inputs: [input], outputs: [output, noise] }) => {
    const { numChannels, smoothingBits, spectralSubtractionBits } = attributes;
    if (smoothingBits < 0 || smoothingBits > 31) return `smoothing by ${smoothingBits} bits`;
    if (spectralSubtractionBits < 0 || spectralSubtractionBits > 63) {
      return `${spectralSubtractionBits} bits behind the point`;
    }
    const fault = rankFault("input", input, 1);
    if (fault !== null || input.shape[0] !== numChannels) {
      return fault ?? `${input.shape[0]} channels, needed ${numChannels}`;
    }
    return expectShape(output, input.shape) ?? expectShape(noise, input.shape);
  },
  keptBytes: ({ numChannels }) => 4 * numChannels,
};
