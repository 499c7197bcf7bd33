/** One of the largest values of an output. */
export interface TopValue {
  /** Position in the output. */
  readonly index: number;
  /** The real number; null for NaN, which JSON does not know. */
  readonly value: number | null;
}

/** The largest values, the largest first; of equal ones the first comes first, NaN comes last. */
export function topValues(values: Float64Array, count: number): TopValue[] {
  const rank = (value: number) => Number.isNaN(value) ? -Infinity : value;
  const top: TopValue[] = [];
  // Kept in order as it grows: outputs may have many elements, `count` is small.
  values.forEach((value, index) => {
    if (top.length === count && rank(value) <= (top[count - 1].value ?? -Infinity)) return;
    const larger = top.findIndex((each) => (each.value ?? -Infinity) < rank(value));
    const at = larger < 0 ? top.length : larger;
    top.splice(at, 0, { index, value: Number.isNaN(value) ? null : value });
    top.length = Math.min(top.length, count);
  });
  return top;
}
