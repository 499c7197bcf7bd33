import type { EngineOperator } from "../../engine_operator.ts";
import { irfftKernel } from "../../kernels/signal/fft_kernels.ts";
import { expectSameType } from "../../reference/expect.ts";
import { fftOrder, joinSpectrum, transform } from "../../reference/fft.ts";
import { FFT_TYPES, numberMachine } from "../../reference/fft_numbers.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/** Real samples of a spectrum: SignalRfft undone, floats divided by the length of the transform. */
export const signalIrfft: EngineOperator<"SignalIrfft"> = {
  types: FFT_TYPES,
  reference: prepareIrfft,
  kernels: [irfftKernel],
};

function prepareIrfft(operation: Operation<"SignalIrfft">): ReferenceKernel {
  const { attributes: { type, fftLength }, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output, { ...input, dtype: type }], FFT_TYPES);
  const length = fftLength / 2;
  const places = new Int32Array(length);
  fftOrder(length).forEach((from, to) => places[from] = to);
  const options = { length, isInverse: true };
  return ([x], [y]) => {
    for (let first = 0, from = 0; first < y.length; first += fftLength, from += fftLength + 2) {
      const machine = numberMachine(type, { y, first, ...options });
      joinSpectrum(machine, {
        length,
        bin: (k) => [x[from + 2 * k], x[from + 2 * k + 1]],
        put: (k, value) => machine.store(places[k], value),
      });
      transform(machine, options);
      if (type !== "float32") continue;
      for (let i = 0; i < fftLength; i++) y[first + i] /= fftLength;
    }
  };
}
