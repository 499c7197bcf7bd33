import type { Table } from "apache-arrow";
import { deploymentRows, deploymentTotals } from "../deploy/deployment_table.ts";
import { formatCount, threeDigits } from "../measure/format.ts";
import { type ChartSpec, chartSpec, ink, palette } from "./chart_spec.ts";
import { edgedText } from "./edged_text.ts";

/** How to draw a deployment. */
export interface ChartDeploymentOptions {
  /** Default: the model, its instructions and the target. */
  readonly title?: string;
}

/**
 * Instructions of each layer as bars in their order, coloured by the kind of operator, with those for
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
 */
export function chartDeployment(table: Table, options: ChartDeploymentOptions = {}): ChartSpec {
  const totals = deploymentTotals(table);
  const { model, target, instructions, milliseconds, device, isEstimate, flashBytes } = totals;
  const time = milliseconds === null ? "" : `, about ${threeDigits(milliseconds)} ms on ${device}`;
  return chartSpec(
    {
      text: options.title ??
        `${model || "The model"}: ${formatCount(instructions)} instructions on ${target}`,
      subtitle: `${
        isEstimate ? "estimated, nothing was run" : `counted on ${totals.board} in QEMU`
      }${time}; Flash ${formatCount(flashBytes.total)} B`,
    },
    { vconcat: [layerBars(table), flashBar(table)], spacing: 28 },
  );
}

function layerBars(table: Table): Readonly<Record<string, unknown>> {
  const values = deploymentRows(table).map((row) => ({
    label: `${row.layer} ${row.operator}`,
    kind: row.kind,
    instructions: row.instructions,
    text: formatCount(row.instructions) +
      (row.instructionsPerMac === null ? "" : `, ${threeDigits(row.instructionsPerMac)} a MAC`),
    kernel: row.kernel,
    estimate: row.estimatedInstructions,
  }));
  const longest = Math.max(1, ...values.map(({ instructions }) => instructions));
  const y = {
    field: "label",
    type: "nominal",
    sort: null,
    axis: { title: null, ticks: false, domain: false, labelPadding: 8, labelColor: ink.strong },
  };
  const x = {
    field: "instructions",
    type: "quantitative",
    // Room for the figure at the end of the longest bar.
    scale: { domain: [0, longest * 1.4], nice: false },
    axis: { title: "instructions", tickCount: 6, format: "~s" },
  };
  const kinds = [...new Set(values.map(({ kind }) => kind))];
  return {
    data: { values },
    width: 520,
    height: { step: values.length > 24 ? 16 : 22 },
    layer: [
      {
        mark: { type: "bar", cornerRadiusEnd: 2, tooltip: { content: "data" } },
        encoding: {
          y,
          x,
          color: {
            field: "kind",
            type: "nominal",
            scale: { domain: kinds, range: kinds.map((_, i) => palette[i % palette.length]) },
            legend: kinds.length > 1
              ? { title: null, orient: "bottom", columns: 4, columnPadding: 28 }
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

function flashBar(table: Table): Readonly<Record<string, unknown>> {
  const { code, weights, tables } = deploymentTotals(table).flashBytes;
  const values = Object.entries({ weights, tables, code }).map(([part, bytes]) => ({
    label: part,
    bytes,
    text: `${formatCount(bytes)} B`,
  }));
  const longest = Math.max(1, weights, tables, code);
  const y = {
    field: "label",
    type: "nominal",
    sort: null,
    axis: { title: null, ticks: false, domain: false, labelPadding: 8, labelColor: ink.strong },
  };
  const x = {
    field: "bytes",
    type: "quantitative",
    scale: { domain: [0, longest * 1.4], nice: false },
    axis: { title: "Flash (bytes)", tickCount: 6, format: "~s" },
  };
  return {
    data: { values },
    width: 520,
    height: { step: 22 },
    layer: [
      { mark: { type: "bar", cornerRadiusEnd: 2, color: palette[6] }, encoding: { y, x } },
      ...edgedText({
        mark: { type: "text", align: "left", dx: 6, color: ink.strong, fontSize: 11 },
        encoding: { y, x, text: { field: "text", type: "nominal" } },
      }),
    ],
  };
}
