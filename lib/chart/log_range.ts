/** Above this ratio of largest to smallest, equal steps no longer show the small values. */
const wide = 20;

/** Whether positive values spread so far that a logarithmic scale reads better. */
export function isWide(values: readonly number[]): boolean {
  const positive = values.filter((value) => value > 0);
  return positive.length > 0 && Math.max(...positive) / Math.min(...positive) > wide;
}

/** Ticks of a logarithmic axis over `[low, high]`: 1, 2, 5 where they are few, else powers of ten. */
export function logTicks(low: number, high: number): readonly number[] {
  const decades = Math.log10(high / low);
  const digits = decades < 1.2 ? [1, 1.5, 2, 3, 5, 7] : decades < 3.5 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) {
      const tick = Number((digit * 10 ** power).toPrecision(6));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
