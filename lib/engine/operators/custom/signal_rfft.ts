import type { EngineOperator } from "../../engine_operator.ts";
import { rfftKernel } from "../../kernels/signal/fft_kernels.ts";
import { expectSameType } from "../../reference/expect.ts";
import { fftOrder, splitSpectrum, transform } from "../../reference/fft.ts";
import { FFT_TYPES, numberMachine } from "../../reference/fft_numbers.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/**
 * The spectrum of real samples: pairs of them go through a complex transform of half the length, and
 * the bins are split afterwards. Fixed-point spectra are divided by the length of the transform.
 */
export const signalRfft: EngineOperator<"SignalRfft"> = {
  types: FFT_TYPES,
  reference: prepareRfft,
  kernels: [rfftKernel],
};

function prepareRfft(operation: Operation<"SignalRfft">): ReferenceKernel {
  const { attributes: { type, fftLength }, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output, { ...input, dtype: type }], FFT_TYPES);
  const length = fftLength / 2;
  const order = fftOrder(length);
  const given = input.shape.at(-1)!;
  const options = { length, isInverse: false };
  return ([x], [y]) => {
    for (let row = 0; row * given < x.length; row++) {
      const machine = numberMachine(type, { y, first: row * (fftLength + 2), ...options });
      const sample = (i: number) => i < given ? x[row * given + i] : 0;
      order.forEach((from, to) => machine.store(to, [sample(2 * from), sample(2 * from + 1)]));
      transform(machine, options);
      splitSpectrum(machine, length);
    }
  };
}
