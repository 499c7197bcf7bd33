import { assert } from "@std/assert";

/**
 * Compares a gradient with central differences of the function, which is evaluated at changed
 * values. float32 results limit the agreement: a share of the largest slope is let pass.
 */
export function assertGradient(
  values: Float32Array,
  { gradient, loss, step = 1e-2, tolerance = 1e-2, indices }: {
    readonly gradient: Float32Array;
    readonly loss: () => number;
    readonly step?: number;
    readonly tolerance?: number;
    readonly indices?: readonly number[];
  },
): void {
  const differences = (indices ?? Array.from(values.keys())).map((i) => {
    const value = values[i];
    const [above, below] = [step, -step].map((change) => {
      values[i] = value + change;
      return loss();
    });
    values[i] = value;
    return { i, slope: (above - below) / (2 * step), found: gradient[i] };
  });
  const largest = Math.max(...differences.map(({ slope }) => Math.abs(slope)));
  assert(largest > 0, "the function does not depend on these values");
  for (const { i, slope, found } of differences) {
    assert(
      Math.abs(found - slope) <= tolerance * largest,
      `gradient ${found} of value ${i}, needed ${slope} within ${tolerance * largest}`,
    );
  }
}

/** Values from -1 to 1 without a pattern. */
export function wavy(count: number, phase: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + phase));
}

/** Sum of products, in float64: a loss whose gradient is `b`. */
export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
