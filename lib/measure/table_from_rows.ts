import { shown } from "../host.ts";
import { checkOptions } from "../check_arguments.ts";
import defer * as arrow from "../npm/arrow.ts";
import type { DataType, Table, Vector } from "../npm/arrow.ts";
import type { ColumnKind, Row } from "./table_rows.ts";

/**
 * How `tableFromRows` stores the rows.
 *
 * @category Measurement
 */
export interface TableOptions {
  /** Columns by name, in order; default: those of the rows, kinds inferred from their values. */
  readonly columns?: Readonly<Record<string, ColumnKind>>;
  /** Facts about the whole table; each is stored as JSON in the schema's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * An Arrow table out of plain rows, such as `footprint` gives: numbers as float64, strings as dictionary, booleans as they
 * are, unless `columns` says otherwise; undefined becomes null.
 *
 * @example
 * ```ts
 * import { tableFromRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ op: "CONV_2D", macs: 4608 }, { op: "SOFTMAX", macs: null }]);
 * assert.equal(table.numRows, 2);
 * assert.equal(table.getChild("macs")?.get(0), 4608);
 * ```
 *
 * @throws {TypeError} if a value does not fit its column.
 *
 * @category Measurement
 */
export function tableFromRows(records: readonly object[], options: TableOptions = {}): Table {
  checkOptions("tableFromRows", options, "columns metadata");
  const rows = records as readonly Row[];
  const columns = options.columns ?? inferColumns(rows);
  const vectors: Record<string, Vector> = {};
  for (const [name, kind] of Object.entries(columns)) {
    const values = rows.map((row) => row[name] ?? null);
    values.forEach((value, index) => checkValue(value, kind, `column "${name}", row ${index}`));
    vectors[name] = arrowColumn(values, kind);
  }
  // Once for all tables, also those that are made from others.
  shown(arrow.Table.prototype, "table");
  const table = new arrow.Table(vectors);
  for (const [key, value] of Object.entries(options.metadata ?? {})) {
    table.schema.metadata.set(key, JSON.stringify(value));
  }
  return table;
}

function inferColumns(rows: readonly Row[]): Readonly<Record<string, ColumnKind>> {
  const kinds: Record<string, ColumnKind> = {};
  for (const name of new Set(rows.flatMap((row) => Object.keys(row)))) {
    const present = rows.map((row) => row[name]).find((value) =>
      value !== null && value !== undefined
    );
    kinds[name] = typeof present === "string"
      ? "name"
      : typeof present === "boolean"
      ? "boolean"
      : "float64";
  }
  return kinds;
}

function checkValue(value: unknown, kind: ColumnKind, where: string): void {
  if (value === null) return;
  const fits: Readonly<Record<ColumnKind, boolean>> = {
    name: typeof value === "string",
    text: typeof value === "string",
    int32: typeof value === "number" && value === (value | 0),
    float64: typeof value === "number",
    boolean: typeof value === "boolean",
  };
  if (fits[kind]) return;
  throw new TypeError(`${where}: found ${typeof value} ${String(value)}, needs ${needs[kind]}`);
}

const needs: Readonly<Record<ColumnKind, string>> = {
  name: "a string",
  text: "a string",
  int32: "a 32-bit integer",
  float64: "a number",
  boolean: "a boolean",
};

function arrowType(kind: ColumnKind): DataType {
  switch (kind) {
    case "name":
      return new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
    case "text":
      return new arrow.Utf8();
    case "int32":
      return new arrow.Int32();
    case "float64":
      return new arrow.Float64();
    case "boolean":
      return new arrow.Bool();
  }
}

/** An Arrow column of the given kind. */
function arrowColumn(values: readonly unknown[], kind: ColumnKind): Vector {
  return arrow.vectorFromArray(values as unknown[], arrowType(kind));
}
