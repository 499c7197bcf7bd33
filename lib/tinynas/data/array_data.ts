import { checkOptions } from "../../check_arguments.ts";
import type { NpyArray } from "../../engine/io/npy.ts";
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
