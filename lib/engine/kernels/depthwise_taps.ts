/** Two columns of taps that are multiplied and added by one instruction. */
export interface TapPair {
  /** Columns of taps whose elements make the pair; the second may lie one beyond the window. */
  readonly columns: readonly [number, number];
  /** Which of the two count. */
  readonly uses: readonly [boolean, boolean];
}

/**
 * A row of taps in pairs of neighbours. The odd one out goes with the tap before it, or with the one
 * after it, whichever makes a pair that the next pixel needs as well.
 */
export function pairsOfRow(kernelWidth: number, strideW: number): readonly TapPair[] {
  const pairs = Array.from({ length: Math.floor(kernelWidth / 2) }, (_, i): TapPair => (
    { columns: [2 * i, 2 * i + 1], uses: [true, true] }
  ));
  if (kernelWidth % 2 === 0) return pairs;
  const last = kernelWidth - 1;
  return strideW % 2 === 1 && last > 0
    ? [...pairs, { columns: [last - 1, last], uses: [false, true] }]
    : [...pairs, { columns: [last, last + 1], uses: [true, false] }];
}
