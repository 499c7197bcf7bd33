/** The smallest step seen of a clock that counts ms, in ns; null when it did not move. */
export function timerStepNs(now: () => number = () => performance.now()): number | null {
  let smallestMs = Infinity;
  let previousMs = now();
  for (let reading = 0; reading < 2000; reading++) {
    const currentMs = now();
    if (currentMs > previousMs) smallestMs = Math.min(smallestMs, currentMs - previousMs);
    previousMs = currentMs;
  }
  return Number.isFinite(smallestMs) ? Math.round(smallestMs * 1e6) : null;
}
