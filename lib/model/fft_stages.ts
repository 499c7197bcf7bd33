import { elements } from "./shape.ts";
import { differ, sameShape } from "./shape_faults.ts";
import type { Tensor } from "./tensor.ts";

/** A stage of a mixed-radix transform: `radix` transforms of `length` become one. */
export interface FftStage {
  readonly radix: number;
  readonly length: number;
}

const RADICES = [4, 2, 3, 5];

/**
 * Stages of a complex transform, the last one first: factors of 4, then 2, 3, 5. Null where there is
 * another factor, or nothing to transform.
 */
export function fftStages(length: number): readonly FftStage[] | null {
  const stages: FftStage[] = [];
  let rest = length;
  for (const radix of RADICES) {
    while (rest > 1 && rest % radix === 0) {
      rest /= radix;
      stages.push({ radix, length: rest });
    }
  }
  return rest === 1 && stages.length > 0 ? stages : null;
}

/** What is wrong with the shapes of a real transform and its length; null if nothing is. */
export function fftFault(
  fftLength: number,
  { samples, spectrum, isPadded }: {
    readonly samples: Tensor;
    readonly spectrum: Tensor;
    /** Whether samples may be fewer than the transform has. */
    readonly isPadded: boolean;
  },
): string | null {
  if (fftLength < 4 || fftLength % 2 !== 0 || fftStages(fftLength / 2) === null) {
    return `transform of ${fftLength}, needed an even number, half of it with factors 2, 3 and 5 only`;
  }
  const [given, bins] = [samples.shape.at(-1), spectrum.shape.at(-1)];
  if (given === undefined || bins === undefined) return "samples without dimensions";
  if (given < 1 || given > fftLength || !isPadded && differ(given, fftLength)) {
    return `${given} samples for a transform of ${fftLength}`;
  }
  if (differ(bins, fftLength + 2)) {
    return `spectrum of ${bins} numbers, needed ${fftLength + 2} for a transform of ${fftLength}`;
  }
  if (sameShape(samples.shape.slice(0, -1), spectrum.shape.slice(0, -1))) return null;
  return `${elements(samples.shape)} samples of shape [${samples.shape}], spectrum of shape ` +
    `[${spectrum.shape}]`;
}
