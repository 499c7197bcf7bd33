import { shown } from "../host.ts";
import { ink, paper } from "./chart_colors.ts";

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

/** What one sees when one points at a mark: fields in their order, each with its name and format. */
export function tips(
  fields: Readonly<Record<string, string | readonly [name: string, format: string]>>,
): readonly object[] {
  return Object.entries(fields).map(([field, shown]) =>
    typeof shown === "string"
      ? { field, type: "nominal", title: shown }
      : { field, type: "quantitative", title: shown[0], format: shown[1] }
  );
}

const font = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif";

/** Names a model even where its file does not: never a title that begins with nothing. */
export function nameOf(model: string): string {
  return model === "" ? "The model" : model;
}

/** A title with a line below it. */
export interface ChartTitle {
  readonly text: string;
  readonly subtitle?: string | readonly string[];
}

/** Puts the common frame around a chart: schema, title, fonts, quiet axes. */
export function chartSpec(title: ChartTitle, body: Readonly<Record<string, unknown>>): ChartSpec {
  return shown({
    $schema: schema,
    background: paper.page,
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
  }, "chart");
}

/** A layer of text marks. */
export interface TextLayer {
  readonly mark: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/**
 * The text twice, below with an edge in the colour of its ground, so that a line behind it does not
 * cross it out.
 *
 * @param ground A colour, or a Vega expression of one (`{ expr }`).
 */
export function edgedText(
  layer: TextLayer,
  ground: string | { readonly expr: string } = paper.page,
): readonly TextLayer[] {
  const edge = { stroke: ground, strokeWidth: 3, strokeJoin: "round" };
  return [{ ...layer, mark: { ...layer.mark, ...edge } }, layer];
}

/** Above this ratio of largest to smallest, equal steps no longer show the small values. */
const wide = 20;

/** Whether positive values spread so far that a logarithmic scale reads better. */
export function isWideRange(values: readonly number[]): boolean {
  const positive = values.filter((value) => value > 0);
  return positive.length > 0 && Math.max(...positive) / Math.min(...positive) > wide;
}

/** Ticks of a logarithmic axis over `[low, high]`: 1, 2, 5 where they are few, else powers of ten, not all of very many. */
export function logTicks(low: number, high: number): readonly number[] {
  if (!(low > 0 && high >= low && high < Infinity)) {
    throw new RangeError(
      `a logarithmic axis from ${low} to ${high}, needed positive numbers in order`,
    );
  }
  const decades = Math.log10(high / low);
  const digits = decades < 1.2 ? [1, 1.5, 2, 3, 5, 7] : decades < 3.5 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  const stride = Math.max(1, Math.ceil(decades / 10));
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % stride !== 0) continue;
    for (const digit of digits) {
      const tick = Number((digit * 10 ** power).toPrecision(6));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** A label's anchor in pixels from the plot's top left. */
export interface LabelPoint {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a label goes relative to its point, in the terms of Vega's text mark. */
export interface LabelPlace {
  readonly align: "left" | "right" | "center";
  readonly dx: number;
  readonly dy: number;
  /** It stands so far away that a line should lead to it. */
  readonly isFar: boolean;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const characterWidth = 7;
const lineHeight = 15;

/** Around the point, the nearest first. */
const candidates: readonly LabelPlace[] = [9, 26, 44, 66].flatMap((distance) => {
  const isFar = distance > 9;
  const aside = Math.round(0.8 * distance);
  const sides = [["left", 1], ["right", -1]] as const;
  return [
    ...sides.map(([align, sign]) => ({ align, dx: sign * distance, dy: 0, isFar })),
    ...[-1, 1].map((sign) => ({
      align: "center" as const,
      dx: 0,
      dy: sign * (distance + 5),
      isFar,
    })),
    ...sides.flatMap(([align, sign]) =>
      [1, -1].map((down) => ({ align, dx: sign * aside, dy: down * (aside + 5), isFar }))
    ),
  ];
});

/** The plot that labels stay inside of. */
export interface LabelRoom {
  readonly width: number;
  readonly height: number;
  /** Points of lines that labels should not cross. */
  readonly obstacles: readonly { readonly x: number; readonly y: number }[];
}

/**
 * Puts each label beside its point where it covers no other label, no point and stays inside the
 * plot, near its point if it can be; where nothing is free, the place that covers least.
 */
export function placeLabels(
  points: readonly LabelPoint[],
  { width, height, obstacles }: LabelRoom,
): readonly LabelPlace[] {
  const taken: readonly Box[] = [...points, ...obstacles].map((
    { x, y },
  ) => ({ left: x - 6, top: y - 6, right: x + 6, bottom: y + 6 }));
  const indices = [...points.keys()];
  // Who comes first has the choice, so that two orders may end differently.
  const [forward, backward] = [indices, indices.toReversed()].map((order) => {
    const placed = new Map<number, LabelPlace>();
    const costOf = (index: number, place: LabelPlace): number => {
      const box = boxOf(points[index], place);
      const labels = [...placed].filter(([at]) => at !== index)
        .map(([at, other]) => boxOf(points[at], other));
      const outside = box.left < 0 || box.right > width || box.top < 0 || box.bottom > height;
      const covers = (boxes: readonly Box[]) => boxes.reduce((sum, b) => sum + overlap(box, b), 0);
      // A label is read as that of the point that it is nearest to.
      const own = distance(box, points[index]);
      const isForeign = !place.isFar && points.some((other) => distance(box, other) < own);
      return (outside ? 1e6 : 0) + 4 * covers(labels) + covers(taken) + (isForeign ? 400 : 0) +
        0.3 * Math.hypot(place.dx, place.dy);
    };
    // What was placed first gives way to what came later.
    for (const index of Array.from({ length: PASSES }, () => order).flat()) {
      const costs = candidates.map((place) => costOf(index, place));
      placed.set(index, candidates[costs.indexOf(Math.min(...costs))]);
    }
    const places = indices.map((index) => placed.get(index)!);
    return { places, cost: places.reduce((sum, place, at) => sum + costOf(at, place), 0) };
  });
  return forward.cost <= backward.cost ? forward.places : backward.places;
}

const PASSES = 4;

function boxOf({ x, y, text }: LabelPoint, { align, dx, dy }: LabelPlace): Box {
  const wide = text.length * characterWidth;
  const left = x + dx - (align === "left" ? 0 : align === "right" ? wide : wide / 2);
  const [top, bottom] = [y + dy - lineHeight / 2, y + dy + lineHeight / 2];
  return { left, right: left + wide, top, bottom };
}

/** From a box's nearest edge. */
function distance({ left, right, top, bottom }: Box, { x, y }: LabelPoint): number {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
}

function overlap(a: Box, b: Box): number {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return wide > 0 && high > 0 ? wide * high : 0;
}
