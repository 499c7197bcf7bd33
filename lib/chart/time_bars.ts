import { formatDuration } from "../measure/format.ts";
import { labelledBars } from "./labelled_bars.ts";

/** One bar. */
export interface TimeBar {
  /** What stands left of it; unique. */
  readonly label: string;
  /** Bars of a kind have a colour. */
  readonly kind: string;
  /** Its length. */
  readonly ns: number;
  /** What stands at its end, behind the time. */
  readonly text: string;
}

/** Bars of times one below the other, coloured by kind, for `chartSpec`. */
export function timeBars(
  bars: readonly TimeBar[],
  { stepPixels }: { readonly stepPixels: number },
): Readonly<Record<string, unknown>> {
  const longest = Math.max(1, ...bars.map(({ ns }) => ns));
  const [unit, unitNs] = longest >= 1e6 ? ["ms", 1e6] : longest >= 1e3 ? ["µs", 1e3] : ["ns", 1];
  const values = bars.map(({ ns, text, ...bar }) => ({
    ...bar,
    value: ns / unitNs,
    text: text === "" ? formatDuration(ns) : `${formatDuration(ns)}, ${text}`,
  }));
  return labelledBars(values, { title: `time (${unit})`, stepPixels });
}
