import type { TensorData } from "../nest/dtype.ts";
import { checksum } from "./checksum.ts";
import type { Reference } from "./reference.ts";
import type { Verification } from "./timed.ts";

/** Compares an output with what it should be. */
export function verifyOutput(output: TensorData, reference: Reference): Verification {
  const maxError = largestDifference(output, reference.output);
  return {
    verified: maxError <= reference.tolerance,
    checksum: checksum(output),
    maxError,
    tolerance: reference.tolerance,
  };
}

// A NaN counts as infinitely wrong.
function largestDifference(actual: TensorData, expected: TensorData): number {
  let largest = 0;
  for (let at = 0; at < actual.length; at++) {
    const difference = Math.abs(actual[at] - expected[at]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}
