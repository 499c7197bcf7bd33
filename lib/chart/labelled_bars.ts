import { ink, palette } from "./chart_spec.ts";
import { edgedText } from "./edged_text.ts";

/** One bar. Other fields show when one points at it. */
export interface LabelledBar {
  /** What stands left of it; unique. */
  readonly label: string;
  /** Bars of a kind have a colour; those without a kind have all the same. */
  readonly kind?: string;
  /** Its length. */
  readonly value: number;
  /** What stands at its end. */
  readonly text: string;
  readonly [field: string]: unknown;
}

/** How to draw bars. */
export interface LabelledBarsOptions {
  /** Of the axis. */
  readonly title: string;
  /** Of the axis's figures, as d3-format writes it. Default: Vega's. */
  readonly format?: string;
  readonly stepPixels: number;
}

/** More kinds than colours are drawn as one. */
const mostKinds = palette.length;
const others = "others";

/** Bars one below the other in their order, coloured by kind, for `chartSpec`. */
export function labelledBars(
  bars: readonly LabelledBar[],
  { title, format, stepPixels }: LabelledBarsOptions,
): Readonly<Record<string, unknown>> {
  const longest = Math.max(0, ...bars.map(({ value }) => value)) || 1;
  const kinds = kindsOf(bars);
  const values = bars.map(({ kind, ...bar }) => ({
    ...bar,
    ...kind === undefined ? {} : { kind: kinds.includes(kind) ? kind : others },
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
    field: "value",
    type: "quantitative",
    // Room for the figure at the end of the longest bar.
    scale: { domain: [0, longest * 1.4], nice: false },
    axis: { title, tickCount: 6, ...format === undefined ? {} : { format } },
  };
  const color = kinds.length === 0 ? { value: palette[6] } : {
    field: "kind",
    type: "nominal",
    scale: { domain: kinds, range: [...palette] },
    legend: kinds.length > 1
      ? { title: null, orient: "bottom", columns: 3, columnPadding: 28 }
      : null,
  };
  return {
    data: { values },
    width: 520,
    height: { step: stepPixels },
    layer: [
      {
        mark: { type: "bar", cornerRadiusEnd: 2, tooltip: { content: "data" } },
        encoding: { y, x, color },
      },
      ...edgedText({
        mark: { type: "text", align: "left", dx: 6, color: ink.strong, fontSize: 11 },
        encoding: { y, x, text: { field: "text", type: "nominal" } },
      }),
    ],
  };
}

/** The kinds, that with the longest bars first; the last of too many stands for the rest. */
function kindsOf(bars: readonly LabelledBar[]): readonly string[] {
  const lengths = new Map<string, number>();
  for (const { kind, value } of bars) {
    if (kind !== undefined) lengths.set(kind, (lengths.get(kind) ?? 0) + value);
  }
  const sorted = [...lengths].sort(([, a], [, b]) => b - a).map(([kind]) => kind);
  return sorted.length <= mostKinds ? sorted : [...sorted.slice(0, mostKinds - 1), others];
}
