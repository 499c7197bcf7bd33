import { checkOptions } from "../check_arguments.ts";
import type { SpaceRow } from "../tinynas/optimize_space.ts";
import { ink, neutral, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, tips } from "./chart_spec.ts";

/**
 * How to draw the distributions of spaces.
 *
 * @category Charts
 */
export interface ChartSpaceCdfsOptions {
  /** Default: the space chosen and the number of spaces. */
  readonly title?: string;
  /** Spaces drawn, those with the most multiply-accumulates first; 10 when absent. */
  readonly most?: number;
}

/**
 * Cumulative distributions of the multiply-accumulates of the networks that fit, a curve for each
 * space, as figure 3 of the MCUNet paper (Lin et al., NeurIPS 2020) has them: the further to the
 * right at the 80th percentile, the better the space.
 *
 * @throws {RangeError} if no space has networks that fit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartSpaceCdfs, devices, optimizeSpace, renderSvg, searchSpaces } from "tinyloom";
 *
 * const spaces = searchSpaces({ resolutions: [96, 128], widths: [0.3, 0.5] });
 * const { rows } = await optimizeSpace(spaces, devices.stm32f746, { samples: 50 });
 * assert.ok((await renderSvg(chartSpaceCdfs(rows))).includes("80 %"));
 * ```
 *
 * @category Charts
 */
export function chartSpaceCdfs(
  rows: readonly SpaceRow[],
  options: ChartSpaceCdfsOptions = {},
): ChartSpec {
  checkOptions("chartSpaceCdfs", options, "title most");
  const { most = 10 } = options;
  const known = rows.filter(({ macsP80 }) => macsP80 !== null)
    .toSorted((a, b) => b.macsP80! - a.macsP80!).slice(0, most);
  if (known.length === 0) throw new RangeError("No space has networks that fit, nothing to draw");
  const names = known.map(nameOf);
  const values = known.flatMap((row) =>
    row.quantiles.map((macs, index) => ({
      space: nameOf(row),
      most: `${(row.macsP80! / 1e6).toFixed(1)} million`,
      macs: macs / 1e6,
      share: index / (row.quantiles.length - 1),
    }))
  );
  const x = {
    field: "macs",
    type: "quantitative",
    scale: { zero: false, nice: true },
    axis: { title: "multiply-accumulates (millions)", tickCount: 7 },
  };
  const y = {
    field: "share",
    type: "quantitative",
    axis: { title: "networks that fit, up to there", format: ".0%", tickCount: 5 },
  };
  const mark = { data: { values: [{ share: COMPARED, text: "80 %" }] } };
  return chartSpec(
    {
      text: options.title ?? `${names[0]} leads ${rows.length} spaces`,
      subtitle: "distribution of the networks that fit the memory; compared at the 80th percentile",
    },
    {
      width: 560,
      height: 320,
      layer: [
        {
          ...mark,
          mark: { type: "rule", color: neutral, strokeDash: [5, 4] },
          encoding: { y },
        },
        {
          data: { values },
          mark: { type: "line", interpolate: "monotone" },
          encoding: {
            tooltip: tips({
              space: "resolution, width",
              most: "MACs of 80 % of the networks, at most",
            }),
            x,
            y,
            color: {
              field: "space",
              type: "nominal",
              sort: names,
              scale: { domain: names, range: names.map((_, i) => palette[i % palette.length]) },
              legend: { title: "resolution, width" },
            },
            strokeDash: {
              field: "space",
              type: "nominal",
              sort: names,
              scale: {
                domain: names,
                range: names.map((_, i) => i < palette.length ? [1, 0] : [4, 3]),
              },
              legend: null,
            },
          },
        },
        ...edgedText({
          ...mark,
          mark: { type: "text", align: "left", dx: 4, dy: -8, color: ink.soft, fontSize: 11 },
          encoding: { x: { value: 0 }, y, text: { field: "text", type: "nominal" } },
        }),
      ],
    },
  );
}

const COMPARED = 0.8;

function nameOf({ resolution, width }: SpaceRow): string {
  return `${resolution}, ${width.toFixed(1)}`;
}
