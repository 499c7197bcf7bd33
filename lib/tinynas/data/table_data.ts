import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { columnNames } from "../../measure/table_rows.ts";
import type { Table, Vector } from "../../npm/arrow.ts";
import { arrayData } from "./array_data.ts";
import type { LabelledData } from "./labelled_data.ts";

/**
 * Options of `tableData`.
 *
 * @category Data
 */
export interface TableDataOptions {
  /** Rows of an example; a square when neither is given. */
  readonly height?: number;
  /** Columns of an example. */
  readonly width?: number;
  /** 1 when absent. */
  readonly channels?: number;
  /**
   * Column with an example's numbers, a list each; when absent, `values` if there is such a column, else
   * every column but label and group has one number of an example.
   */
  readonly values?: string;
  /** Column with the classes, as text or whole numbers; `label` when absent. */
  readonly label?: string;
  /** Column that says where each example is from; `group`, if there is one, when absent. */
  readonly group?: string;
  /** As `arrayData` has it. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Data from an Arrow table with a row for each example: its numbers, as a list or in a column each, its
 * class, and possibly where it is from.
 *
 * @throws {TypeError} if a column is missing, or holds something else.
 * @throws {RangeError} if rows have other numbers of values than the shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { tableData, tableFromRows } from "tinyloom";
 *
 * const rows = [{ left: 0, right: 255, label: "off" }, { left: 255, right: 0, label: "on" }];
 * const data = tableData(tableFromRows(rows), { height: 1, width: 2 });
 * assert.deepEqual([data.classes, [...data.labels]], [["off", "on"], [0, 1]]);
 * ```
 *
 * @category Data
 */
export function tableData(table: Table, options: TableDataOptions = {}): LabelledData {
  checkOptions("tableData", options, "height width channels values label group range");
  checkArguments("tableData", { table });
  const { label = "label", channels = 1, range } = options;
  const names = columnNames(table);
  const group = options.group ?? (names.includes("group") ? "group" : undefined);
  const column = (name: string) => {
    const at = names.indexOf(name);
    if (at !== -1) return table.getChildAt(at)!;
    throw new TypeError(
      `no column "${name}", there are ${names.map((each) => `"${each}"`).join(", ")}`,
    );
  };
  const told = column(label);
  const values = options.values ?? (names.includes("values") ? "values" : null);
  const rows = values === null
    ? inColumns(table, names.map((name) => name !== label && name !== group))
    : inLists(column(values), values);
  const size = rows[0]?.length ?? 0;
  const { height, width } = sidesOf(size / channels, options);
  const isShape = [height, width].every(Number.isInteger) && height * width * channels === size;
  if (!isShape || size === 0) {
    throw new RangeError(
      `rows of ${size} numbers, needed height x width x channels: give these as options`,
    );
  }
  const isText = (each: unknown) => typeof each === "string";
  const labels = Array.from({ length: table.numRows }, (_, row) => told.get(row) as unknown);
  const classes = labels.some(isText) ? [...new Set(labels.map(String))].sort() : undefined;
  const from = group === undefined ? undefined : column(group);
  const sources = new Map<unknown, number>();
  const groups = from && labels.map((_, row) => {
    const source = String(from.get(row));
    if (!sources.has(source)) sources.set(source, sources.size);
    return sources.get(source)!;
  });
  const numbers = new Float64Array(rows.length * size);
  rows.forEach((row, i) => numbers.set(row, i * size));
  const isByte = numbers.every((value) => Number.isInteger(value) && value >= 0 && value <= 255);
  const array = isByte && range === undefined
    ? { dtype: "uint8", values: Uint8Array.from(numbers) } as const
    : { dtype: "float64", values: numbers } as const;
  return arrayData({ ...array, shape: [rows.length, height, width, channels] }, {
    labels: classes === undefined
      ? labels.map(Number)
      : labels.map((each) => classes.indexOf(String(each))),
    ...(classes !== undefined && { classes }),
    ...(groups !== undefined && { groups }),
    ...(range !== undefined && { range }),
  });
}

/** A list of numbers in each row of a column. */
function inLists(column: Vector, name: string): readonly Float64Array[] {
  const rows: Float64Array[] = [];
  for (let row = 0; row < column.length; row++) {
    const list = column.get(row);
    if (list === null || typeof list !== "object") {
      throw new TypeError(`row ${row} of "${name}" is ${list}, needed a list of numbers`);
    }
    rows.push(Float64Array.from(list as Iterable<number | bigint>, Number));
    if (rows[row].length === rows[0].length) continue;
    throw new RangeError(`row ${row} has ${rows[row].length} numbers, the first ${rows[0].length}`);
  }
  return rows;
}

/** A number in each of the columns that are used. */
function inColumns(table: Table, used: readonly boolean[]): readonly Float64Array[] {
  const columns = used.flatMap((isUsed, at) => isUsed ? [table.getChildAt(at)!] : []);
  return Array.from(
    { length: table.numRows },
    (_, row) => Float64Array.from(columns, (column) => Number(column.get(row) ?? NaN)),
  );
}

/** Height and width of so many pixels. */
function sidesOf(pixels: number, { height, width }: TableDataOptions) {
  if (height !== undefined) return { height, width: width ?? pixels / height };
  if (width !== undefined) return { height: pixels / width, width };
  const side = Math.sqrt(pixels);
  return Number.isInteger(side) ? { height: side, width: side } : { height: 1, width: pixels };
}
