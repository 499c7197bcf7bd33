import { checkArguments, checkOptions } from "../check_arguments.ts";
import { deploymentRows, deploymentTotals } from "../deploy/deployment_table.ts";
import type { BenchModelsRow } from "../engine/profile/bench_models.ts";
import { formatCount, formatDuration, threeDigits } from "../measure/format.ts";
import { tableToRows } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import { ink, operatorColor, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, nameOf, tips } from "./chart_spec.ts";

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
  /** What else one sees when one points at a bar, as `tips` takes it. */
  readonly more?: Parameters<typeof tips>[0];
  /** The colour of a kind; default: that of the operator. */
  readonly colorOf?: (kind: string, index: number) => string;
}

/** More kinds than these are drawn as one. */
const mostKinds = 12;
const others = "others";

/** Bars one below the other in their order, coloured by kind, for `chartSpec`. */
function labelledBars(
  bars: readonly LabelledBar[],
  { title, format, stepPixels, more = {}, colorOf = operatorColor }: LabelledBarsOptions,
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
    scale: { domain: kinds, range: kinds.map(colorOf) },
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
        mark: { type: "bar", cornerRadiusEnd: 2 },
        encoding: { y, x, color, tooltip: tips({ label: "what", text: title, ...more }) },
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
  { stepPixels, more, colorOf }: Pick<LabelledBarsOptions, "stepPixels" | "more" | "colorOf">,
): Readonly<Record<string, unknown>> {
  const longest = Math.max(...bars.map(({ ns }) => ns));
  const [unit, unitNs] = longest >= 1e6 ? ["ms", 1e6] : longest >= 1e3 ? ["µs", 1e3] : ["ns", 1];
  const values = bars.map(({ ns, text, ...bar }) => ({
    ...bar,
    value: ns / unitNs,
    text: text === "" ? formatDuration(ns) : `${formatDuration(ns)}, ${text}`,
  }));
  return labelledBars(values, { title: `time (${unit})`, stepPixels, more, colorOf });
}

/**
 * How to draw models.
 *
 * @category Charts
 */
export interface ChartModelsOptions {
  /** Default: the number of threads. */
  readonly title?: string;
}

/**
 * The time of a run of each model of `benchModels` as bars, coloured by element type.
 *
 * @throws {RangeError} if there are no rows.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchModels, chartModels, renderSvg, zoo } from "tinyloom";
 *
 * const table = await benchModels({ ad: zoo("mlperf-tiny-ad") }, { budgetMs: 50, settleMs: 0 });
 * assert.ok((await renderSvg(chartModels(table))).includes("GMAC/s"));
 * ```
 *
 * @category Charts
 */
export function chartModels(table: Table, options: ChartModelsOptions = {}): ChartSpec {
  checkOptions("chartModels", options, "title");
  checkArguments("chartModels", { table });
  const rows = tableToRows(table) as unknown as readonly BenchModelsRow[];
  if (rows.length === 0) throw new RangeError("The record holds no rows to draw");
  const [{ threads }] = rows;
  const bars = rows.map(({ model, dtype, minNs, gmacPerS }) => (
    { label: model, kind: dtype, ns: minNs, text: `${threeDigits(gmacPerS)} GMAC/s` }
  ));
  return chartSpec(
    {
      text: options.title ?? `Time of a run, ${threads} ${threads === 1 ? "thread" : "threads"}`,
      subtitle: "inputs in, outputs out; minima",
    },
    timeBars(bars, { stepPixels: 26, colorOf: (_, index) => palette[index % palette.length] }),
  );
}

/**
 * How to draw a deployment.
 *
 * @category Charts
 */
export interface ChartDeploymentOptions {
  /** Default: the model, its instructions and the target. */
  readonly title?: string;
}

/**
 * Instructions of each layer as bars in their order, coloured by operator, with those for
 * each multiply-accumulate; below them Flash by what it holds.
 *
 * @throws {TypeError} if the table is none of `measureDeployment`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartDeployment, deploy, measureDeployment, renderSvg, zoo } from "tinyloom";
 *
 * const table = await measureDeployment(deploy(zoo("mlperf-tiny-ad")), { how: "estimate" });
 * assert.ok((await renderSvg(chartDeployment(table))).includes("FULLY_CONNECTED"));
 * ```
 *
 * @category Charts
 */
export function chartDeployment(table: Table, options: ChartDeploymentOptions = {}): ChartSpec {
  checkOptions("chartDeployment", options, "title");
  checkArguments("chartDeployment", { table });
  const totals = deploymentTotals(table);
  const { model, target, instructions, milliseconds, device, isEstimate, flashBytes } = totals;
  const time = milliseconds === null ? "" : `, about ${threeDigits(milliseconds)} ms on ${device}`;
  return chartSpec(
    {
      text: options.title ??
        `${nameOf(model)}: ${formatCount(instructions)} instructions on ${target}`,
      subtitle: `${
        isEstimate ? "estimated, nothing was run" : `counted on ${totals.board} in QEMU`
      }${time}; Flash ${formatCount(flashBytes.total)} B`,
    },
    { vconcat: [layerBars(table), flashBars(table)], spacing: 28 },
  );
}

function layerBars(table: Table): Readonly<Record<string, unknown>> {
  const bars = deploymentRows(table).map((row) => ({
    label: `${row.layer} ${row.operator}`,
    kind: row.operator,
    value: row.instructions,
    text: formatCount(row.instructions) +
      (row.instructionsPerMac === null ? "" : `, ${threeDigits(row.instructionsPerMac)} a MAC`),
    kernel: row.kernel,
    estimate: row.estimatedInstructions,
  }));
  const stepPixels = bars.length > 24 ? 16 : 22;
  return labelledBars(bars, {
    title: "instructions",
    format: "~s",
    stepPixels,
    more: { kernel: "kernel", estimate: ["estimated", ",.0f"] },
  });
}

function flashBars(table: Table): Readonly<Record<string, unknown>> {
  const { code, weights, tables } = deploymentTotals(table).flashBytes;
  const bars = Object.entries({ weights, tables, code }).map(([part, bytes]) => ({
    label: part,
    value: bytes,
    text: `${formatCount(bytes)} B`,
  }));
  return labelledBars(bars, { title: "Flash (bytes)", format: "~s", stepPixels: 22 });
}
