import { formatDuration } from "../measure/format.ts";
import { ink, palette } from "./chart_spec.ts";
import { edgedText } from "./edged_text.ts";

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

/** More kinds than colours are drawn as one. */
const mostKinds = palette.length;
const others = "others";

/** Bars of times one below the other, coloured by kind, for `chartSpec`. */
export function timeBars(
  bars: readonly TimeBar[],
  { stepPixels }: { readonly stepPixels: number },
): Readonly<Record<string, unknown>> {
  const longest = Math.max(1, ...bars.map(({ ns }) => ns));
  const [unit, unitNs] = longest >= 1e6 ? ["ms", 1e6] : longest >= 1e3 ? ["µs", 1e3] : ["ns", 1];
  const kinds = kindsOf(bars);
  const values = bars.map(({ ns, text, kind, ...bar }) => ({
    ...bar,
    kind: kinds.includes(kind) ? kind : others,
    time: ns / unitNs,
    text: text === "" ? formatDuration(ns) : `${formatDuration(ns)}, ${text}`,
  }));
  const y = {
    field: "label",
    type: "nominal",
    sort: null,
    scale: { paddingInner: 0.25, paddingOuter: 0.2 },
    axis: {
      title: null,
      ticks: false,
      domain: false,
      labelPadding: 8,
      labelColor: ink.strong,
      labelFontSize: 11,
    },
  };
  const x = {
    field: "time",
    type: "quantitative",
    // Room for the figure at the end of the longest bar.
    scale: { domain: [0, longest / unitNs * 1.4], nice: false },
    axis: { title: `time (${unit})`, tickCount: 6 },
  };
  return {
    data: { values },
    width: 520,
    height: { step: stepPixels },
    layer: [
      {
        mark: { type: "bar", cornerRadiusEnd: 2, tooltip: { content: "data" } },
        encoding: {
          y,
          x,
          color: {
            field: "kind",
            type: "nominal",
            scale: { domain: kinds, range: [...palette] },
            legend: kinds.length > 1
              ? { title: null, orient: "bottom", columns: 3, columnPadding: 28 }
              : null,
          },
        },
      },
      ...edgedText({
        mark: { type: "text", align: "left", dx: 6, color: ink.strong, fontSize: 11 },
        encoding: { y, x, text: { field: "text", type: "nominal" } },
      }),
    ],
  };
}

/** The kinds, that with the most time first; the last of too many stands for the rest. */
function kindsOf(bars: readonly TimeBar[]): readonly string[] {
  const times = new Map<string, number>();
  for (const { kind, ns } of bars) times.set(kind, (times.get(kind) ?? 0) + ns);
  const sorted = [...times].sort(([, a], [, b]) => b - a).map(([kind]) => kind);
  return sorted.length <= mostKinds ? sorted : [...sorted.slice(0, mostKinds - 1), others];
}
