/**
 * A Vega-Lite specification (v5 grammar) with its data inside: plain JSON, ready for any viewer.
 *
 * @category Charts
 */
export interface ChartSpec {
  /** The grammar and its version. */
  readonly $schema: string;
  /** Everything else of the grammar. */
  readonly [key: string]: unknown;
}

/** The grammar's version that notebooks of today render. */
const schema = "https://vega.github.io/schema/vega-lite/v5.json";

/** The colours of the text and lines around the data. */
export const ink = { strong: "#1f2933", soft: "#52606d", line: "#e4e8ec" };

/** Colours that the colour-blind can tell apart (Okabe and Ito, 2008), the most distinct first. */
export const palette: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#7f7f7f",
  "#000000",
];

/** The colour of what others are measured against. */
export const neutral = "#8a949e";

const font = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif";

/** A title with a line below it. */
export interface ChartTitle {
  readonly text: string;
  readonly subtitle?: string;
}

/** Puts the common frame around a chart: schema, title, fonts, quiet axes. */
export function chartSpec(title: ChartTitle, body: Readonly<Record<string, unknown>>): ChartSpec {
  return {
    $schema: schema,
    background: "white",
    padding: 12,
    title: { anchor: "start", frame: "group", ...title },
    ...body,
    config: {
      font,
      title: {
        color: ink.strong,
        fontSize: 15,
        fontWeight: 600,
        subtitleColor: ink.soft,
        subtitleFontSize: 11.5,
        subtitlePadding: 4,
        offset: 12,
      },
      axis: {
        labelColor: ink.soft,
        titleColor: ink.soft,
        labelFontSize: 11.5,
        titleFontSize: 11.5,
        titleFontWeight: "normal",
        titlePadding: 8,
        gridColor: ink.line,
        domainColor: ink.line,
        tickColor: ink.line,
        labelLimit: 0,
      },
      legend: {
        labelColor: ink.strong,
        titleColor: ink.soft,
        labelFontSize: 11.5,
        titleFontSize: 11.5,
        titleFontWeight: "normal",
        labelLimit: 0,
        symbolStrokeWidth: 2,
      },
      header: { labelColor: ink.strong, labelFontSize: 12, labelFontWeight: 600 },
      view: { stroke: null },
    },
  };
}
