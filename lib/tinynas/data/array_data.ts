import { checkOptions } from "../../check_arguments.ts";
import type { NpyArray } from "../../engine/io/npy.ts";
import { columnNames } from "../../measure/table_rows.ts";
import type { Table } from "../../npm/arrow.ts";
import { checkData, type LabelledData } from "./labelled_data.ts";

/**
 * Options of `arrayData`.
 *
 * @category Data
 */
export interface ArrayDataOptions {
  /** Class of each example, whole numbers from 0. */
  readonly labels: NpyArray | ArrayLike<number>;
  /** Names of the classes; their numbers when absent. */
  readonly classes?: readonly string[];
  /** Where each example is from, whole numbers. */
  readonly groups?: ArrayLike<number>;
  /**
   * Numbers that become bytes 0 and 255, those beyond cut off; the least and the largest when absent. For
   * data to measure with: the `range` of what was learnt.
   */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Data from an array, as `readNpy`, `readNpz` and `readIdx` give them: `[count][height][width]`, also with
 * channels behind, or `[count][features]`, which is one row. uint8 stay as they are and int8 become
 * `value + 128`, unless a range is given; other numbers are scaled to bytes, and the `range` is kept.
 *
 * @throws {TypeError} for an array of another rank, or labels that are no whole numbers.
 * @throws {RangeError} for numbers that are not finite, or other numbers of labels than of examples.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { arrayData } from "tinyloom";
 *
 * const values = Float32Array.of(-1, 0, 0.5, 1);
 * const data = arrayData({ dtype: "float32", shape: [2, 1, 2], values }, { labels: [0, 1] });
 * assert.deepEqual([...data.pixels], [0, 128, 191, 255]);
 * assert.deepEqual(data.range, [-1, 1]);
 * ```
 *
 * @category Data
 */
export function arrayData(array: NpyArray, options: ArrayDataOptions): LabelledData {
  checkOptions("arrayData", options, "labels classes groups range");
  const { shape, dtype, values } = array;
  if (shape.length < 2 || shape.length > 4) {
    throw new TypeError(
      `array of shape [${shape}], needed [count, height, width], [count, height, width, channels] or ` +
        "[count, features]",
    );
  }
  const [count, ...inner] = shape;
  const [height, width, channels = 1] = inner.length === 1 ? [1, inner[0]] : inner;
  const labels = wholeNumbers("labels", options.labels);
  if (labels.length !== count) {
    throw new RangeError(`${labels.length} labels, needed ${count} for an array of [${shape}]`);
  }
  const largest = labels.reduce((most, label) => Math.max(most, label), 0);
  if (largest >= 2 ** 16) throw new RangeError(`label ${largest}, needed at most ${2 ** 16 - 1}`);
  const classes = options.classes ??
    Array.from({ length: Math.max(2, largest + 1) }, (_, label) => String(label));
  const isBytes = dtype === "uint8" && options.range === undefined;
  const range = isBytes
    ? undefined
    : options.range ?? (dtype === "int8" ? [-128, 127] as const : rangeOf(values));
  const data: LabelledData = {
    pixels: range === undefined
      ? Uint8Array.from(values as Uint8Array)
      : scaled(values as ArrayLike<number>, range),
    labels: Uint16Array.from(labels),
    height,
    width,
    channels,
    classes,
    ...(options.groups !== undefined && {
      groups: Uint32Array.from(wholeNumbers("groups", options.groups)),
    }),
    ...(range !== undefined && { range }),
  };
  checkData(data);
  return data;
}

function wholeNumbers(name: string, given: NpyArray | ArrayLike<number>): readonly number[] {
  const values = "dtype" in given ? given.values : given;
  if ("dtype" in given && given.shape.filter((extent) => extent !== 1).length > 1) {
    throw new TypeError(`${name} of shape [${given.shape}], needed one number for each example`);
  }
  return Array.from(values as ArrayLike<number | bigint>, (value, i) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 0) return number;
    throw new TypeError(`${name} has ${value} at ${i}, needed whole numbers of at least 0`);
  });
}

function rangeOf(values: NpyArray["values"]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) {
      throw new RangeError(`the array has ${value} at ${i}, needed finite numbers`);
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // One number only: any range does.
  return high > low ? [low, high] : [low, low + 1];
}

function scaled(
  values: ArrayLike<number | bigint>,
  [low, high]: readonly [number, number],
): Uint8Array<ArrayBuffer> {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new RangeError(`range of ${low} to ${high}, needed two ascending numbers`);
  }
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = Number(values[i]);
    if (Number.isNaN(value)) throw new RangeError(`the array has NaN at ${i}, needed numbers`);
    bytes[i] = Math.max(0, Math.min(255, Math.round(255 * (value - low) / (high - low))));
  }
  return bytes;
}

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
  /** Column with an example's numbers, a list each; `values` when absent. */
  readonly values?: string;
  /** Column with the classes, as text or whole numbers; `label` when absent. */
  readonly label?: string;
  /** Column that says where each example is from; `group`, if there is one, when absent. */
  readonly group?: string;
  /** As `arrayData` has it. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Data from an Arrow table with a row for each example: a list of its numbers, its class, and possibly
 * where it is from.
 *
 * @throws {TypeError} if a column is missing, or holds something else.
 * @throws {RangeError} if rows have other numbers of values than the shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { tableData, tableFromRows } from "tinyloom";
 *
 * const rows = [{ values: [0, 255], label: "off" }, { values: [255, 0], label: "on" }];
 * const data = tableData(tableFromRows(rows), { height: 1, width: 2 });
 * assert.deepEqual([data.classes, [...data.labels]], [["off", "on"], [0, 1]]);
 * ```
 *
 * @category Data
 */
export function tableData(table: Table, options: TableDataOptions = {}): LabelledData {
  checkOptions("tableData", options, "height width channels values label group range");
  const { values = "values", label = "label", group, channels = 1, range } = options;
  const names = columnNames(table);
  const column = (name: string) => {
    const at = names.indexOf(name);
    if (at !== -1) return table.getChildAt(at)!;
    throw new TypeError(
      `no column "${name}", there are ${names.map((each) => `"${each}"`).join(", ")}`,
    );
  };
  const [lists, told] = [column(values), column(label)];
  const rows: Float64Array[] = [];
  for (let row = 0; row < table.numRows; row++) {
    const list = lists.get(row);
    if (list === null || typeof list !== "object") {
      throw new TypeError(`row ${row} of "${values}" is ${list}, needed a list of numbers`);
    }
    rows.push(Float64Array.from(list as Iterable<number | bigint>, Number));
    if (rows[row].length === rows[0].length) continue;
    throw new RangeError(`row ${row} has ${rows[row].length} numbers, the first ${rows[0].length}`);
  }
  const size = rows[0]?.length ?? 0;
  const { height, width } = sidesOf(size / channels, options);
  if (height * width * channels !== size || size === 0) {
    throw new RangeError(
      `rows of ${size} numbers, needed height x width x channels: give these as options`,
    );
  }
  const isText = (each: unknown) => typeof each === "string";
  const labels = Array.from({ length: table.numRows }, (_, row) => told.get(row) as unknown);
  const classes = labels.some(isText) ? [...new Set(labels.map(String))].sort() : undefined;
  const from = group !== undefined || names.includes("group")
    ? column(group ?? "group")
    : undefined;
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

/** Height and width of so many pixels. */
function sidesOf(pixels: number, { height, width }: TableDataOptions) {
  if (height !== undefined) return { height, width: width ?? pixels / height };
  if (width !== undefined) return { height: pixels / width, width };
  const side = Math.sqrt(pixels);
  return Number.isInteger(side) ? { height: side, width: side } : { height: 1, width: pixels };
}
