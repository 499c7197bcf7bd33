import { checkOptions } from "../check_arguments.ts";
import { threeDigits, wholePercent } from "../measure/format.ts";
import { ink, operatorColor, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, logTicks, placeLabels, tips } from "./chart_spec.ts";

/**
 * What the machine can do at best, measured.
 *
 * @category Charts
 */
export interface Peaks {
  /** 10^9 multiply-accumulates a second. */
  readonly gmacPerS: number;
  /** 10^9 bytes loaded a second. */
  readonly loadGBPerS: number;
}

/**
 * One kernel under the roof.
 *
 * @category Charts
 */
export interface RooflinePoint {
  /** What stands beside the point. */
  readonly name: string;
  /** Points of a kind have a colour, named in a legend; default none. */
  readonly kind?: string;
  /** Whether the name stands there, or shows in the tooltip alone; default true. */
  readonly isNamed?: boolean;
  /** Multiply-accumulates of the work. */
  readonly macs: number;
  /** Bytes that the work moves. */
  readonly bytes: number;
  /** 10^9 multiply-accumulates a second. */
  readonly gmacPerS: number;
}

/**
 * What a roofline shows.
 *
 * @category Charts
 */
export interface Roofline {
  /** The roof. */
  readonly peaks: Peaks;
  /** The kernels. */
  readonly points: readonly RooflinePoint[];
}

/**
 * How to draw a roofline.
 *
 * @category Charts
 */
export interface ChartRooflineOptions {
  /** Default `"Roofline"`. */
  readonly title?: string;
  /** The line below the title: where the peaks are from; default that they are measured. */
  readonly subtitle?: string;
  /** The rate's unit; `"GOP/s"` for integers; default `"GFLOP/s"`. */
  readonly unit?: "GFLOP/s" | "GOP/s";
}

const width = 520;
const height = 330;

/**
 * A roofline: attained rate against operations per byte, both logarithmic, below what memory and
 * arithmetic allow. A multiply-accumulate counts as two operations.
 * Source: Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009.
 *
 * @example
 * ```ts
 * import { chartRoofline, renderSvg } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const chart = chartRoofline({
 *   peaks: { gmacPerS: 30, loadGBPerS: 40 },
 *   points: [{ name: "best", macs: 1e9, bytes: 1e8, gmacPerS: 27 }],
 * });
 * assert((await renderSvg(chart)).includes("best (90 %)"));
 * ```
 *
 * @throws {RangeError} if a peak, a point's work or its rate is not above 0.
 *
 * @category Charts
 */
export function chartRoofline(
  { peaks, points }: Roofline,
  options: ChartRooflineOptions = {},
): ChartSpec {
  checkOptions("chartRoofline", options, "title subtitle unit");
  const { title = "Roofline", subtitle = "measured peaks", unit = "GFLOP/s" } = options;
  checkPositive("peaks", { ...peaks });
  for (const { name, macs, bytes, gmacPerS } of points) {
    checkPositive(`point "${name}"`, { macs, bytes, gmacPerS });
  }
  const peak = 2 * peaks.gmacPerS;
  const ridge = peak / peaks.loadGBPerS;
  const roof = (intensity: number) => Math.min(peak, peaks.loadGBPerS * intensity);
  const places = points.map((point) => ({
    name: point.name,
    kind: point.kind,
    isNamed: point.isNamed ?? true,
    intensity: 2 * point.macs / point.bytes,
    rate: 2 * point.gmacPerS,
  }));
  const x = domain([ridge / 8, ridge * 8, ...places.map(({ intensity }) => intensity)]);
  const y = domain([peak, roof(x[0]), ...places.map(({ rate }) => rate)]);
  const labelled = places.map((place) => ({
    ...place,
    text: `${place.name} (${wholePercent(place.rate / roof(place.intensity))})`,
  }));
  const pixels = (intensity: number, rate: number) => ({
    x: width * along(intensity, x),
    y: height * (1 - along(rate, y)),
  });
  const obstacles = Array.from({ length: 101 }, (_, step) => {
    const intensity = x[0] * (x[1] / x[0]) ** (step / 100);
    return pixels(intensity, roof(intensity));
  });
  const named = labelled.filter(({ isNamed }) => isNamed);
  const unnamed = labelled.filter(({ isNamed }) => !isNamed)
    .map(({ intensity, rate }) => pixels(intensity, rate));
  const labels = placeLabels(
    named.map(({ intensity, rate, text }) => ({ ...pixels(intensity, rate), text })),
    { width, height, obstacles: [...obstacles, ...unnamed] },
  );
  const texts = named.map((place, index) => {
    const { x: left, y: top } = pixels(place.intensity, place.rate);
    const { dx, dy } = labels[index];
    // Where the label begins, as a leading line must end there.
    return {
      ...place,
      ...labels[index],
      toIntensity: x[0] * (x[1] / x[0]) ** ((left + 0.9 * dx) / width),
      toRate: y[0] * (y[1] / y[0]) ** (1 - (top + 0.85 * dy) / height),
    };
  });
  const kinds = [...new Set(points.flatMap(({ kind }) => kind ?? []))];
  const color = kinds.length === 0 ? { value: palette[1] } : {
    field: "kind",
    type: "nominal",
    scale: { domain: kinds, range: kinds.map(operatorColor) },
    legend: { title: null, orient: "bottom", columns: 3, columnPadding: 28 },
  };
  const corners = [x[0], ridge, x[1]].map((intensity) => ({ intensity, rate: roof(intensity) }));
  const perByte = `${unit === "GFLOP/s" ? "FLOP" : "operations"} per byte`;
  const encoding = {
    x: {
      field: "intensity",
      type: "quantitative",
      scale: { type: "log", domain: x, nice: false },
      axis: { title: perByte, values: logTicks(x[0], x[1]), format: "~g" },
    },
    y: {
      field: "rate",
      type: "quantitative",
      scale: { type: "log", domain: y, nice: false },
      axis: { title: unit, values: logTicks(y[0], y[1]), format: "~g" },
    },
  };
  const tip = { rate: [unit, ",.3~r"], intensity: [perByte, ",.3~r"] } as const;
  const roofText = { type: "text", color: ink.soft, fontSize: 11.5 };
  return chartSpec(
    { text: title, subtitle: `${subtitle}; in brackets the share of the roof above the point` },
    {
      width,
      height,
      layer: [
        {
          data: { values: corners },
          mark: { type: "line", color: ink.soft, strokeWidth: 2 },
          encoding,
        },
        {
          data: { values: [{ intensity: x[1], rate: peak, text: `${threeDigits(peak)} ${unit}` }] },
          mark: { ...roofText, align: "right", dx: -4, dy: -9 },
          encoding: { ...encoding, text: { field: "text" } },
        },
        {
          data: { values: [slope(ridge, peaks.loadGBPerS, { x, y })] },
          mark: { ...roofText, align: "center", dy: -10, angle: { expr: "datum.angle" } },
          encoding: { ...encoding, text: { field: "text" } },
        },
        {
          data: { values: texts.filter(({ isFar }) => isFar) },
          mark: { type: "rule", color: ink.soft, strokeWidth: 0.8 },
          encoding: { ...encoding, x2: { field: "toIntensity" }, y2: { field: "toRate" } },
        },
        {
          data: { values: labelled },
          mark: { type: "point", filled: true, size: 90, opacity: 1 },
          encoding: {
            ...encoding,
            color,
            tooltip: tips({ text: "what", ...kinds.length > 0 && { kind: "operator" }, ...tip }),
          },
        },
        ...edgedText({
          data: { values: texts },
          mark: {
            type: "text",
            baseline: "middle",
            fontSize: 12,
            color: ink.strong,
            align: { expr: "datum.align" },
            dx: { expr: "datum.dx" },
            dy: { expr: "datum.dy" },
          },
          encoding: { ...encoding, text: { field: "text" } },
        }),
      ],
    },
  );
}

/** The label along the memory slope, in its middle and turned with it. */
function slope(
  ridge: number,
  loadGBPerS: number,
  { x, y }: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
) {
  const intensity = Math.sqrt(x[0] * ridge);
  // The slope is 1 in decades; a decade is longer along one axis than along the other.
  const risePixels = height / Math.log10(y[1] / y[0]);
  const runPixels = width / Math.log10(x[1] / x[0]);
  return {
    intensity,
    rate: loadGBPerS * intensity,
    text: `${threeDigits(loadGBPerS)} GB/s`,
    angle: -Math.atan2(risePixels, runPixels) * 180 / Math.PI,
  };
}

function along(value: number, [low, high]: readonly [number, number]): number {
  return Math.log(value / low) / Math.log(high / low);
}

function domain(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high / low) ** 0.06;
  return [low / margin, high * margin];
}

function checkPositive(where: string, figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) {
    if (!(value > 0)) throw new RangeError(`${where}: ${name} is ${value}, needs a number above 0`);
  }
}
