import { checkOptions } from "../../check_arguments.ts";
import { imageFits } from "../../engine/io/image_values.ts";
import { arrayFiles, type DataFile, type DataParts } from "./array_files.ts";
import { classFolders, type ReadDataOptions } from "./class_folders.ts";
import { checkSplits, type DataSplits, splitData } from "./split_data.ts";

/**
 * Data of files, and what they were.
 *
 * @category Data
 */
export interface ReadData extends DataSplits {
  /** What kind of examples: pictures, sound as mel features, or arrays. */
  readonly kind: "images" | "sound" | "arrays";
  /** What was read and how it was split, for people. */
  readonly source: string;
}

/**
 * Data from the files of a set, whoever lists them. What there is decides how they are read:
 *
 * - folders of class folders of images (PNG, JPEG, BMP, GIF), or of WAV, which becomes mel features
 *   (`audioFrontEnd`), a row for each 20 ms; folders `train`, `validation` and `test` may lie above, and
 *   Speech Commands' lists beside them; folders that begin with `_` or `.` are passed over;
 * - IDX files as MNIST's, also packed; CIFAR-10's binaries; `.npy` and `.npz` arrays `x` and `y`, or
 *   `x_train`, `y_train` and so on; Arrow tables with columns `values` and `label`.
 *
 * What the set does not split is split by `splitData`.
 *
 * @throws {TypeError} for files that are none of these, or damaged, naming the file.
 * @throws {RangeError} for too few or too many examples, or an option out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readData, writeNpy } from "tinyloom";
 *
 * const values = Uint8Array.from({ length: 20 * 4 }, (_, i) => i);
 * const x = writeNpy({ dtype: "uint8", shape: [20, 2, 2], values });
 * const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 2);
 * const y = writeNpy({ dtype: "uint8", shape: [20], values: labels });
 * const files = [{ path: "x.npy", read: () => x }, { path: "y.npy", read: () => y }];
 * const { train, test } = await readData(files, { test: 0.2, validation: 0.1 });
 * assert.deepEqual([train.labels.length, test.labels.length], [14, 4]);
 * ```
 *
 * @category Data
 */
export async function readData(
  files: readonly DataFile[],
  options: ReadDataOptions = {},
): Promise<ReadData> {
  checkOptions(
    "readData",
    options,
    "height width channels fit seconds features only classes group mostPerClass validation test",
    "seed mostBytes onProgress",
  );
  const { mostBytes = 2 ** 30, fit = "crop" } = options;
  if (!imageFits.includes(fit)) {
    throw new RangeError(`fit "${fit}", needed one of ${imageFits.join(", ")}`);
  }
  if (files.length === 0) throw new TypeError("no files, needed those of a set");
  const arrays = await arrayFiles(files, { classes: options.classes, mostBytes });
  const { parts, source, kind } = arrays === null
    ? await classFolders(files, options)
    : { ...arrays, kind: "arrays" as const };
  const splits = splitParts(parts, options);
  checkSplits(splits);
  const { train, validation, test } = splits;
  const counts = [train, validation, test].map(({ labels }) => labels.length);
  const how = parts.test === undefined
    ? `split ${train.groups === undefined ? "class by class" : "by group"} by seed ${
      options.seed ?? 1
    }`
    : "its test set is its own";
  const told = `${counts[0]} to learn from, ${counts[1]} to choose by, ${
    counts[2]
  } to measure with`;
  return { ...splits, kind, source: `${source}: ${told}; ${how}` };
}

/** Splits what is not split. */
function splitParts({ train, validation, test }: DataParts, options: ReadDataOptions): DataSplits {
  const { seed = 1 } = options;
  const shares = { validation: options.validation ?? 0.15, test: options.test ?? 0.15 };
  if (validation !== undefined && test !== undefined) return { train, validation, test };
  if (test !== undefined) {
    return { ...splitData(train, { validation: shares.validation, test: 0, seed }), test };
  }
  if (validation !== undefined) {
    return { ...splitData(train, { validation: 0, test: shares.test, seed }), validation };
  }
  return splitData(train, { ...shares, seed });
}
