import { checkArguments, checkOptions } from "../check_arguments.ts";
import { usedBytes } from "../plan/lifetimes.ts";
import type { Plan, PlanBuffer } from "../plan/plan.ts";
import { ink, palette, paper } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, nameOf, tips } from "./chart_spec.ts";

/**
 * How to draw a plan.
 *
 * @category Charts
 */
export interface ChartMemoryOptions {
  /** Default: the model's name. */
  readonly title?: string;
  /** Default: peak, bound and the operator at the peak. */
  readonly subtitle?: string;
  /** Width of the plot in pixels; 720 when absent. */
  readonly width?: number;
  /** Height of the plot in pixels; 360 when absent. */
  readonly height?: number;
  /** A line at this many bytes, e.g. a device's SRAM. */
  readonly limitBytes?: number;
}

const LOOKS = ["alive at the peak", "tensor", "scratch", "shared by two"] as const;

// What a label lies on.
const groundColor = `datum.look === 'alive at the peak' ? '${palette[0]}' : ` +
  `datum.look === 'scratch' ? '${palette[4]}' : '${paper.quiet}'`;

/**
 * The arena as a map, operators from left to right and addresses from bottom to top: a rectangle for
 * every buffer, those of the peak in colour, bytes that an output shares with an input it overwrites
 * in red, a line at the peak.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartMemory, planMemory, renderSvg, zoo } from "tinyloom";
 *
 * const svg = await renderSvg(chartMemory(planMemory(zoo("mlperf-tiny-kws"))));
 * assert.ok(svg.includes("8,063"));
 * ```
 *
 * @category Charts
 */
export function chartMemory(plan: Plan, options: ChartMemoryOptions = {}): ChartSpec {
  checkOptions("chartMemory", options, "title subtitle width height limitBytes");
  checkArguments("chartMemory", { plan });
  const { width = 720, height = 360, limitBytes } = options;
  const { peakBytes, peak, steps } = plan;
  const top = Math.max(peakBytes, limitBytes ?? 1, 1);
  const kib = top >= 10_240;
  const unit = kib ? 1024 : 1;
  const values = [
    ...plan.buffers.filter(({ sizeBytes }) => sizeBytes > 0).map((buffer) =>
      rectangle(plan, buffer)
    ),
    ...sharedBytes(plan),
  ].map((value) => ({
    ...value,
    what: ["", value.name].includes(value.label) ? value.name : `${value.label} ${value.name}`,
    address: `${value.low.toLocaleString("en-US")} to ${(value.high - 1).toLocaleString("en-US")}`,
    alive: value.until - value.from === 1
      ? `in step ${value.from}`
      : `in steps ${value.from} to ${value.until - 1}`,
    low: value.low / unit,
    high: value.high / unit,
  }));
  const label = (bytes: number) => `${bytes.toLocaleString("en-US")} B`;
  const lines = [
    { bytes: peakBytes / unit, text: `peak ${label(peakBytes)}`, color: ink.strong },
    ...limitBytes === undefined
      ? []
      : [{ bytes: limitBytes / unit, text: `limit ${label(limitBytes)}`, color: ink.alert }],
  ];
  const y = {
    type: "quantitative",
    scale: { domain: [0, top * 1.08 / unit], nice: false },
    axis: { title: `address (${kib ? "KiB" : "bytes"})`, tickCount: 6 },
  };
  const x = {
    type: "quantitative",
    scale: { domain: [0, Math.max(1, steps.length)], nice: false },
    axis: { title: "operator in its turn", tickMinStep: 1, grid: false },
  };
  const wide = values.flatMap((value) =>
    labelOf(value, values, {
      pixelsAStep: width / Math.max(1, steps.length),
      pixelsAUnit: height / (top * 1.08) * unit,
    })
  );
  return chartSpec(
    {
      text: options.title ?? `${nameOf(plan.model)}: ${label(peakBytes)}`,
      subtitle: options.subtitle ?? describe(plan, label),
    },
    {
      width,
      height,
      layer: [
        ...peak === null ? [] : [{
          data: { values: [{ from: peak.step, until: endOf(plan, peak.step) }] },
          mark: { type: "rect", color: ink.line, opacity: 0.9 },
          encoding: { x: { field: "from", ...x }, x2: { field: "until" } },
        }],
        {
          data: { values },
          mark: { type: "rect", stroke: paper.page, strokeWidth: 0.6 },
          encoding: {
            x: { field: "from", ...x },
            x2: { field: "until" },
            y: { field: "low", ...y },
            y2: { field: "high" },
            tooltip: tips({
              what: "what",
              sizeBytes: ["bytes", ","],
              address: "address",
              alive: "alive",
              look: "in the map",
            }),
            color: {
              field: "look",
              type: "nominal",
              sort: LOOKS,
              scale: { domain: LOOKS, range: [palette[0], paper.quiet, palette[4], palette[1]] },
              legend: { title: null, orient: "bottom", direction: "horizontal" },
            },
          },
        },
        {
          data: { values: lines },
          mark: { type: "rule", strokeDash: [5, 4], strokeWidth: 1.2 },
          encoding: {
            y: { field: "bytes", ...y },
            color: { field: "color", type: "nominal", scale: null },
          },
        },
        {
          data: { values: lines },
          mark: { type: "text", align: "right", dy: -7, fontSize: 11 },
          encoding: {
            x: { value: width },
            y: { field: "bytes", ...y },
            text: { field: "text", type: "nominal" },
            color: { field: "color", type: "nominal", scale: null },
          },
        },
        ...edgedText({
          data: { values: wide },
          mark: { type: "text", fontSize: 9.5, tooltip: null },
          encoding: {
            x: { field: "x", ...x },
            y: { field: "y", ...y },
            text: { field: "label", type: "nominal" },
            color: {
              condition: [
                { test: "datum.look === 'alive at the peak'", value: ink.onDeep },
                { test: "datum.look === 'scratch'", value: ink.onBright },
              ],
              value: ink.strong,
            },
          },
        }, { expr: groundColor }),
      ],
    },
  );
}

/** A rectangle of the map, in steps and addresses. */
interface Placed {
  readonly label: string;
  readonly from: number;
  readonly until: number;
  readonly low: number;
  readonly high: number;
  readonly look: typeof LOOKS[number];
}

/** Where a buffer's label has room: in its middle, but not on bytes that it shares. */
function labelOf(
  value: Placed,
  all: readonly Placed[],
  { pixelsAStep, pixelsAUnit }: { readonly pixelsAStep: number; readonly pixelsAUnit: number },
) {
  const x = (value.from + value.until) / 2;
  const halfSteps = (3.5 * value.label.length + 1) / pixelsAStep;
  if (value.look === "shared by two" || 2 * halfSteps > value.until - value.from) return [];
  const shared = all.filter(({ look, from, until }) =>
    look === "shared by two" && from < x + halfSteps && until > x - halfSteps
  );
  // Between the ends of what is shared, the highest stretch that is not.
  const ends = [value.low, value.high, ...shared.flatMap(({ low, high }) => [low, high])]
    .filter((end) => end >= value.low && end <= value.high).sort((a, b) => a - b);
  const free = ends.slice(1).map((high, i) => ({ low: ends[i], high })).filter(({ low, high }) =>
    !shared.some((other) => other.low < high && other.high > low)
  );
  const none = { low: 0, high: 0 };
  const { low, high } = free.reduce((a, b) => b.high - b.low > a.high - a.low ? b : a, none);
  return (high - low) * pixelsAUnit > 13 ? [{ ...value, x, y: (low + high) / 2 }] : [];
}

function describe(plan: Plan, label: (bytes: number) => string): string {
  const { peak, optimal, lowerBoundBytes } = plan;
  const proof = optimal ? "optimal: equal to its lower bound" : `bound ${label(lowerBoundBytes)}`;
  if (peak === null) return proof;
  const used = usedBytes(plan, peak.step);
  return `${proof}; peak at operator ${peak.operator} ${peak.name}, ${label(used)} in use`;
}

function rectangle(plan: Plan, buffer: PlanBuffer) {
  const { kind, name, tensors, offsetBytes, sizeBytes, from, until } = buffer;
  const step = plan.peak?.step ?? -1;
  const isPeak = from <= step && step < until;
  // A ring is memory that a segment works with: it never holds the whole tensor.
  const look: typeof LOOKS[number] = kind !== "tensor"
    ? "scratch"
    : isPeak
    ? "alive at the peak"
    : "tensor";
  const label = kind === "scratch" ? name : `t${tensors[0]}`;
  const high = offsetBytes + sizeBytes;
  return { label, name, sizeBytes, from, until, low: offsetBytes, high, look };
}

/** The step behind one, or behind the segment that begins with it. */
function endOf({ segments }: Plan, step: number): number {
  return segments.find(({ from }) => from === step)?.until ?? step + 1;
}

/** Bytes that an output and an input have in common while the operator runs. */
function sharedBytes(plan: Plan) {
  const { buffers } = plan;
  const byId = new Map(buffers.map((buffer) => [buffer.id, buffer]));
  return buffers.flatMap((output) =>
    output.shares.filter(({ step }) => step === output.from).flatMap(({ buffer, step, reason }) => {
      const input = byId.get(buffer)!;
      if (input.from === output.from && input.id > output.id) return [];
      const low = Math.max(input.offsetBytes, output.offsetBytes);
      const high = Math.min(
        input.offsetBytes + input.sizeBytes,
        output.offsetBytes + output.sizeBytes,
      );
      const look: typeof LOOKS[number] = "shared by two";
      const sizeBytes = high - low;
      const until = endOf(plan, step);
      return [{ label: "", name: reason, sizeBytes, from: step, until, low, high, look }];
    })
  );
}
