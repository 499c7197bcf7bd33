import type { MachinePeaks } from "./measure_peaks.ts";
import type { Timed } from "./timed.ts";

/** What the machine could do at best for work like this, in 10^9 MACs a second; null if unknown. */
export function peakOf(
  timed: Timed,
  { peaks, fma }: { readonly peaks: MachinePeaks | undefined; readonly fma: boolean },
): number | null {
  if (!peaks) return null;
  if (timed.dtype === "i8") return peaks.dotGmacPerS * timed.threads;
  if (timed.dtype === "f32") {
    return (fma ? peaks.fmaGmacPerS : peaks.mulAddGmacPerS) * timed.threads;
  }
  return null;
}
