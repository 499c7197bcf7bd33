import type { Table } from "../npm/arrow.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { devices } from "./devices.ts";
import { fits } from "./fits.ts";
import type { Plan } from "./plan.ts";

/**
 * The known devices with their memory and sources; with a plan also whether it fits, and why (not).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deviceTable, planMemory, zoo } from "tinyloom";
 *
 * const table = deviceTable(planMemory(zoo("mobilenet_v2")));
 * assert.equal(table.get(0)?.fits, false);
 * ```
 *
 * @category Planner
 */
export function deviceTable(plan?: Plan): Table {
  const rows = Object.values(devices).map((device) => {
    const { name, title, core, clockMhz, sramBytes, flashBytes, source } = device;
    const verdict = plan === undefined ? {} : fits(plan, device);
    return { name, title, core, clockMhz, sramBytes, flashBytes, ...verdict, source };
  });
  return tableFromRows(rows);
}
