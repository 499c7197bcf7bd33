import type { Table } from "../npm/arrow.ts";
import { tableToRows } from "./table_to_rows.ts";

/**
 * The table's rows as plain data for JSON: exact values, a `schedule` as steps, not as text.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToJson } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ schedule: '[{"op":"tile","axis":"j","size":64}]' }]);
 * assert.deepEqual(tableToJson(table), [{ schedule: [{ op: "tile", axis: "j", size: 64 }] }]);
 * ```
 *
 * @category Measurement
 */
export function tableToJson(table: Table): readonly Readonly<Record<string, unknown>>[] {
  return tableToRows(table).map((row) =>
    typeof row.schedule === "string" ? { ...row, schedule: JSON.parse(row.schedule) } : row
  );
}
