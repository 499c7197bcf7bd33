const STEPS = 256;

/**
 * 256 equally likely values of a bell-shaped distribution with mean 0 and variance 1, ascending: the
 * quantiles of the logistic distribution, ln(p / (1 - p)), whose tails are heavier than a Gaussian's,
 * as those of trained weights are. A random byte is an index into it.
 */
export const bell: Float64Array = standardized(
  Float64Array.from({ length: STEPS }, (_, i) => Math.log((i + 0.5) / (STEPS - i - 0.5))),
);

function standardized(values: Float64Array): Float64Array {
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / STEPS);
  return values.map((value) => value / deviation);
}
