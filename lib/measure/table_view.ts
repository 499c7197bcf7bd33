import defer * as arrow from "../npm/arrow.ts";
import type { Table } from "../npm/arrow.ts";
import { formatCell, formatHeading } from "./format.ts";
import { tableToRows } from "./table_to_rows.ts";

/**
 * Which columns to show, in order; default all.
 *
 * @category Measurement
 */
export interface TableViewOptions {
  /** The columns' names. */
  readonly columns?: readonly string[];
}

/** A table as texts, ready to be laid out. */
export interface TableView {
  readonly headings: readonly string[];
  readonly cells: readonly (readonly string[])[];
  /** Whether a column holds numbers and is set flush right. */
  readonly numeric: readonly boolean[];
}

/**
 * The table's cells as people read them, with units.
 *
 * @throws {RangeError} if a column is asked for that the table does not have.
 */
export function tableView(table: Table, { columns }: TableViewOptions = {}): TableView {
  const all = table.schema.fields.map((field) => field.name);
  const shown = columns ?? all;
  const unknown = shown.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`No column "${unknown}"; the table has ${all.join(", ")}`);
  }
  const rows = tableToRows(table);
  return {
    headings: shown.map(formatHeading),
    cells: rows.map((row) => shown.map((name) => formatCell(name, row[name]))),
    numeric: shown.map((name) => {
      const type = table.getChild(name)?.type;
      return arrow.DataType.isFloat(type) || arrow.DataType.isInt(type);
    }),
  };
}
