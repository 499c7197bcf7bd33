import { checkArguments } from "../check_arguments.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { Deployment } from "./deploy.ts";
import { type DeploymentRow, deploymentRows, deploymentTotals } from "./deployment_table.ts";
import { estimatedTable } from "./measure_deployment.ts";

/**
 * What a board printed, beside the estimate: lines `tinyloom layer I cycles N`, anywhere in a log, one
 * for each layer and run; the median of each layer's runs counts.
 *
 * @returns The estimate's rows with `measuredCycles`, `measuredMilliseconds` (null without a device) and
 *   `measuredRatio`, measured over estimated cycles.
 * @throws {TypeError} for a log without such lines, or one that lacks a layer or has one too many.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deploy, devices, readDeploymentLog, tableToRows, zoo } from "tinyloom";
 *
 * const deployment = deploy(zoo("mlperf-tiny-ad"), { device: devices.nano33ble });
 * const log = deployment.emitted.layers.map((_, i) => `tinyloom layer ${i} cycles 64000`);
 * const [row] = tableToRows(readDeploymentLog(deployment, log.join("\n")));
 * assert.equal(row.measuredMilliseconds, 1);
 * ```
 *
 * @category Deployment
 */
export function readDeploymentLog(deployment: Deployment, log: string): Table {
  checkArguments("readDeploymentLog", { deployment });
  const { layers } = deployment.emitted;
  const found = new Map<number, number[]>();
  for (const [, layer, cycles] of log.matchAll(/tinyloom layer (\d+) cycles (\d+)/g)) {
    const index = Number(layer);
    if (index >= layers.length) {
      throw new TypeError(`the log has layer ${index}, the model has ${layers.length}`);
    }
    found.set(index, [...found.get(index) ?? [], Number(cycles)]);
  }
  if (found.size === 0) {
    throw new TypeError('the log has no line as "tinyloom layer 0 cycles 1234"');
  }
  const estimate = estimatedTable(deployment);
  const { clockMhz } = deploymentTotals(estimate);
  const rows = deploymentRows(estimate).map((row) => loggedRow(row, { found, clockMhz }));
  const measuredCycles = rows.reduce((sum, row) => sum + row.measuredCycles, 0);
  const metadata = {
    ...deploymentTotals(estimate),
    measuredCycles,
    measuredMilliseconds: milliseconds(measuredCycles, clockMhz),
    runs: Math.min(...[...found.values()].map(({ length }) => length)),
  };
  return tableFromRows(rows, { metadata });
}

function loggedRow(
  row: DeploymentRow,
  { found, clockMhz }: {
    readonly found: ReadonlyMap<number, readonly number[]>;
    readonly clockMhz: number | null;
  },
) {
  const runs = found.get(row.layer);
  if (runs === undefined) throw new TypeError(`the log has no cycles of layer ${row.layer}`);
  const measuredCycles = [...runs].sort((a, b) => a - b)[runs.length >> 1];
  return {
    ...row,
    measuredCycles,
    measuredMilliseconds: milliseconds(measuredCycles, clockMhz),
    measuredRatio: row.cyclesEstimate ? measuredCycles / row.cyclesEstimate : null,
  };
}

function milliseconds(cycles: number, clockMhz: number | null): number | null {
  return clockMhz === null ? null : cycles / (1000 * clockMhz);
}
