import type { Table } from "../npm/arrow.ts";

/**
 * One row as plain data.
 *
 * @category Measurement
 */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The table's rows as plain objects, null where a value is missing.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(tableToRows(tableFromRows([{ tile: 16 }])), [{ tile: 16 }]);
 * ```
 *
 * @category Measurement
 */
export function tableToRows(table: Table): readonly Readonly<Record<string, unknown>>[] {
  const columns = table.schema.fields.map((field) => {
    const vector = table.getChild(field.name);
    return [field.name, vector] as const;
  });
  return Array.from(
    { length: table.numRows },
    (_, row) =>
      Object.fromEntries(columns.map(([name, vector]) => [name, vector?.get(row) ?? null])),
  );
}

/**
 * The facts stored with the table: its schema's metadata, values parsed as JSON where they are.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableMetadata } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([], { columns: { tile: "int32" }, metadata: { seed: 7 } });
 * assert.deepEqual(tableMetadata(table), { seed: 7 });
 * ```
 *
 * @category Measurement
 */
export function tableMetadata(table: Table): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...table.schema.metadata].map(([key, value]) => [key, parsed(value)]),
  );
}

/**
 * The same without what is for programs: the recipe that a record carries to be repeated.
 *
 * @example
 * ```ts
 * import { tableCircumstances, tableFromRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([], { columns: { tile: "int32" }, metadata: { seed: 7, recipe: {} } });
 * assert.deepEqual(tableCircumstances(table), { seed: 7 });
 * ```
 *
 * @category Measurement
 */
export function tableCircumstances(table: Table): Readonly<Record<string, unknown>> {
  const { recipe: _, command: __, ...circumstances } = tableMetadata(table);
  return circumstances;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * How a column is stored; every one of them may hold nulls.
 *
 * @category Measurement
 */
export type ColumnKind = "name" | "text" | "int32" | "float64" | "boolean";
