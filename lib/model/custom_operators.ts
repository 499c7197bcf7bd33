// Names of the custom operators that TensorFlow Lite Micro's resolver knows, as they stand in files.
const NAMES = `
CIRCULAR_BUFFER SignalDelay SignalEnergy SignalFftAutoScale SignalFilterBank SignalFilterBankLog
SignalFilterBankSpectralSubtraction SignalFilterBankSquareRoot SignalFramer SignalIrfft
SignalOverlapAdd SignalPCAN SignalRfft SignalStacker SignalWindow TFLM_DECODE
TFLite_Detection_PostProcess`.trim().split(/\s+/);

/** Whether a custom operator of this name (`customCode` in a file) is one of these. */
export function isCustomName(name: string): boolean {
  return NAMES.includes(name);
}

/** The custom operator that a file is called after: `signal_pcan` is SignalPCAN; null: none. */
export function customNameOf(stem: string): string | null {
  const plain = stem.replaceAll("_", "");
  return NAMES.find((name) => name.replaceAll("_", "").toLowerCase() === plain) ?? null;
}
