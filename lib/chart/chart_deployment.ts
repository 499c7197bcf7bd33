import type { Table } from "../npm/arrow.ts";
import { deploymentRows, deploymentTotals } from "../deploy/deployment_table.ts";
import { formatCount, threeDigits } from "../measure/format.ts";
import { type ChartSpec, chartSpec } from "./chart_spec.ts";
import { labelledBars } from "./labelled_bars.ts";

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
 *
 * @category Charts
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
    { vconcat: [layerBars(table), flashBars(table)], spacing: 28 },
  );
}

function layerBars(table: Table): Readonly<Record<string, unknown>> {
  const bars = deploymentRows(table).map((row) => ({
    label: `${row.layer} ${row.operator}`,
    kind: row.kind,
    value: row.instructions,
    text: formatCount(row.instructions) +
      (row.instructionsPerMac === null ? "" : `, ${threeDigits(row.instructionsPerMac)} a MAC`),
    kernel: row.kernel,
    estimate: row.estimatedInstructions,
  }));
  const stepPixels = bars.length > 24 ? 16 : 22;
  return labelledBars(bars, { title: "instructions", format: "~s", stepPixels });
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
