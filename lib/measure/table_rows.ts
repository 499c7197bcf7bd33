import { checkArguments } from "../check_arguments.ts";
import type { DataType, Decimal, FixedSizeList, List, Table } from "../npm/arrow.ts";

/**
 * One row as plain data.
 *
 * @category Measurement
 */
export type Row = Readonly<Record<string, unknown>>;

// As Arrow numbers them (`Type` of apache-arrow): the package itself is loaded where tables are made.
const TYPE_IDS = { decimal: 7, list: 12, fixedSizeList: 16 } as const;

/** A value of a column as plain data: decimals as numbers, or as text where a number is not exact. */
function plainValue(value: unknown, type: DataType | undefined): unknown {
  if (value === null) return null;
  switch (type?.typeId as number | undefined) {
    case TYPE_IDS.decimal:
      return decimalOf(value as Uint32Array, (type as Decimal).scale);
    case TYPE_IDS.list:
    case TYPE_IDS.fixedSizeList: {
      const { valueType } = type as List | FixedSizeList;
      return Array.from(value as Iterable<unknown>, (each) => plainValue(each, valueType));
    }
  }
  return value;
}

function decimalOf(words: Uint32Array, scale: number): number | string {
  let digits = 0n;
  for (const word of words.toReversed()) digits = (digits << 32n) | BigInt(word);
  digits = BigInt.asIntN(32 * words.length, digits);
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const point = text.length - scale;
  const fraction = scale > 0 ? `.${text.slice(point)}` : "";
  const exact = `${digits < 0n ? "-" : ""}${text.slice(0, point)}${fraction}`;
  return text.length <= 15 ? Number(exact) : exact;
}

/** The names of a table's columns, made different where several have one: `a`, `a 2`. */
export function columnNames(table: Table): readonly string[] {
  const names: string[] = [];
  for (const { name } of table.schema.fields) {
    let different = name;
    for (let next = 2; names.includes(different); next++) different = `${name} ${next}`;
    names.push(different);
  }
  return names;
}

/**
 * The table's rows as plain objects, null where a value is missing. Of several columns of one name
 * the second is `name 2`, and so on.
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
  checkArguments("tableToRows", { table });
  const columns = columnNames(table).map((name, index) => [name, table.getChildAt(index)] as const);
  return Array.from(
    { length: table.numRows },
    (_, row) =>
      Object.fromEntries(columns.map(([name, vector]) => [
        name,
        plainValue(vector?.get(row) ?? null, vector?.type),
      ])),
  );
}

/** A schedule's steps; the text itself where it is not JSON. */
export function stepsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What JSON can hold: whole numbers beyond 2^53 as text, bytes and rows as plain data. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (Array.isArray(value)) return value.map(jsonValue);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, jsonValue);
  if (typeof value !== "object" || value === null) return value;
  const plain = "toJSON" in value ? (value.toJSON as () => object)() : value;
  return typeof plain === "object"
    ? Object.fromEntries(Object.entries(plain).map(([key, each]) => [key, jsonValue(each)]))
    : plain;
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
  checkArguments("tableMetadata", { table });
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
  checkArguments("tableCircumstances", { table });
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
