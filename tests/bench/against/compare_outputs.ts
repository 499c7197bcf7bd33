import type { Verification } from "tinyloom";
import { checksum } from "../../../lib/measure/timed_nest.ts";
import type { Output } from "./workload.ts";

/** By how much float32 may be off where rounding is allowed, as a share of the outputs' range. */
const roundingShare = 1e-5;

/** Compares outputs of two revisions: bit for bit, unless `rounding` lets float32 be a little off. */
export function compareOutputs(
  before: readonly Output[],
  now: readonly Output[],
  { rounding = false }: { readonly rounding?: boolean } = {},
): Verification {
  let [maxError, tolerance] = [0, 0];
  if (before.length !== now.length) maxError = Infinity;
  before.forEach((expected, i) => {
    const actual = now[i];
    if (
      actual?.constructor.name !== expected.constructor.name ||
      actual.byteLength !== expected.byteLength
    ) {
      maxError = Infinity;
      return;
    }
    const [wanted, found] = [expected, actual].map((one) => Array.from(one, Number));
    const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (rounding && expected instanceof Float32Array) {
      tolerance = Math.max(tolerance, roundingShare * size);
    }
    wanted.forEach((value, at) => {
      if (Object.is(value, found[at])) return;
      const error = Math.abs(value - found[at]);
      // Zeros of another sign, too, are other bits.
      maxError = Math.max(maxError, Number.isNaN(error) ? Infinity : error || Number.MIN_VALUE);
    });
  });
  return {
    verified: maxError <= tolerance,
    checksum: now.map(checksum).join(" "),
    maxError,
    tolerance,
  };
}
