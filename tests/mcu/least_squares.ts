/** One equation: what the coefficients are multiplied by, and what comes out. */
export interface Equation {
  readonly factors: readonly number[];
  readonly result: number;
}

/**
 * Coefficients of at least 0 with the least sum of squared relative errors, one at a time until none
 * moves any more.
 */
export function nonNegativeFit(equations: readonly Equation[]): readonly number[] {
  const count = equations[0]?.factors.length ?? 0;
  const scaled = equations.map(({ factors, result }) => factors.map((each) => each / result));
  const found = new Array<number>(count).fill(0);
  const rest = scaled.map(() => 1);
  for (let turn = 0; turn < 20_000; turn++) {
    let moved = 0;
    for (let at = 0; at < count; at++) {
      let [product, square] = [0, 0];
      scaled.forEach((row, i) => {
        product += row[at] * rest[i];
        square += row[at] ** 2;
      });
      if (square === 0) continue;
      const next = Math.max(0, found[at] + product / square);
      const change = next - found[at];
      if (change === 0) continue;
      scaled.forEach((row, i) => rest[i] -= row[at] * change);
      found[at] = next;
      moved = Math.max(moved, Math.abs(change) * Math.sqrt(square / equations.length));
    }
    if (moved < 1e-9) break;
  }
  return found;
}
