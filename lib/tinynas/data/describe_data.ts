import { checkOptions } from "../../check_arguments.ts";
import { type LinearBaseline, linearBaseline } from "./linear_baseline.ts";
import { checkSplits, countsOf, type DataSplits } from "./split_data.ts";

/**
 * A class, and how many examples of it each part has.
 *
 * @category Data
 */
export interface ClassCounts {
  /** Name of the class. */
  readonly name: string;
  /** Examples to learn. */
  readonly train: number;
  /** Examples to choose by. */
  readonly validation: number;
  /** Examples to measure with. */
  readonly test: number;
}

/**
 * What an accuracy on data is to be compared with.
 *
 * @category Data
 */
export interface DataDescription {
  /** Rows, columns and channels of the examples as they were given. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Each class with its number of examples. */
  readonly classes: readonly ClassCounts[];
  /** Share of the test's examples that are right if all are taken for the class that training has most of. */
  readonly chance: number;
  /** Share that a linear model of the pixels classes right. */
  readonly linear: number;
}

/**
 * Describes data: the balance of the classes, the accuracy of guessing, and that of a linear model
 * (`linearBaseline`), without which no other accuracy says anything.
 *
 * @param options `seed` determines the linear model's training, 1 when absent; `signal` ends it.
 * @throws {RangeError} if the parts do not go together, or one is empty.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { describeData, splitData, wakeWordImages } from "tinyloom";
 *
 * const data = wakeWordImages({ seed: 1, count: 200, resolution: 16 });
 * const { chance, classes } = describeData(splitData(data));
 * assert.equal(chance, 0.5);
 * assert.deepEqual(classes[1], { name: "figure", train: 70, validation: 15, test: 15 });
 * ```
 *
 * @category Data
 */
export function describeData(
  splits: DataSplits,
  options: { readonly seed?: number; readonly signal?: AbortSignal } = {},
): DataDescription {
  checkOptions("describeData", options, "seed signal");
  checkSplits(splits);
  const { train, validation, test } = splits;
  const counts = [train, validation, test].map(({ labels, classes }) =>
    countsOf(labels, classes.length)
  );
  const common = counts[0].indexOf(Math.max(...counts[0]));
  const { accuracy }: LinearBaseline = linearBaseline(splits, options);
  return {
    shape: [train.height, train.width, train.channels],
    classes: train.classes.map((name, i) => ({
      name,
      train: counts[0][i],
      validation: counts[1][i],
      test: counts[2][i],
    })),
    chance: counts[2][common] / test.labels.length,
    linear: accuracy,
  };
}

/** What is to be said beside an accuracy, for people. */
export function describedInWords({ classes, chance, linear }: DataDescription): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const trained = classes.map((each) => each.train);
  const [least, most] = [Math.min(...trained), Math.max(...trained)];
  const balance = least === most ? `${most} of each` : `${least} to ${most} of one`;
  return `${classes.length} classes, ${balance} to learn from. ` +
    `Guessing is right in ${percent(chance)}, a linear model of the pixels in ${percent(linear)}.`;
}
