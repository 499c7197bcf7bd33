import type { Table } from "apache-arrow";
import { tableToRows } from "./table_to_rows.ts";

/** The table's rows as plain data for JSON: exact values, a `schedule` as steps, not as text. */
export function tableToJson(table: Table): readonly Readonly<Record<string, unknown>>[] {
  return tableToRows(table).map((row) =>
    typeof row.schedule === "string" ? { ...row, schedule: JSON.parse(row.schedule) } : row
  );
}
