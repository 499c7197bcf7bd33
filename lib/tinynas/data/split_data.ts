import { checkOptions } from "../../check_arguments.ts";
import { type RandomStream, randomStream, shuffled } from "../../measure/random.ts";
import { checkData, checkShape, type LabelledData, selectExamples } from "./labelled_data.ts";

/**
 * Examples to learn from, to choose by, and to measure the result with, once. All of one shape and of
 * the same classes.
 *
 * @category Data
 */
export interface DataSplits {
  /** What is learnt. */
  readonly train: LabelledData;
  /** What networks are compared on. */
  readonly validation: LabelledData;
  /** What the accuracy of the result is measured on. */
  readonly test: LabelledData;
}

/**
 * Options of `splitData`.
 *
 * @category Data
 */
export interface SplitOptions {
  /** Share of the examples to choose by; 0.15 when absent. */
  readonly validation?: number;
  /** Share of the examples to measure with; 0.15 when absent. */
  readonly test?: number;
  /** Determines who comes where; 1 when absent. */
  readonly seed?: number;
}

/**
 * Splits data at random, class by class, so that every part has each class by its share. Where examples
 * have groups, such as speakers, a group is in one part alone: what a network knows of a speaker does not
 * help it then. Groups are dealt, the largest first, to the part that most lacks their classes.
 *
 * @throws {RangeError} for shares that leave nothing to one of the parts, or too few examples or groups.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { splitData, wakeWordImages } from "tinyloom";
 *
 * const data = wakeWordImages({ seed: 1, count: 40, resolution: 16 });
 * const { train, validation, test } = splitData(data, { validation: 0.2, test: 0.1 });
 * assert.deepEqual([train, validation, test].map(({ labels }) => labels.length), [28, 8, 4]);
 * ```
 *
 * @category Data
 */
export function splitData(data: LabelledData, options: SplitOptions = {}): DataSplits {
  checkOptions("splitData", options, "validation test seed");
  const { validation = 0.15, test = 0.15, seed = 1 } = options;
  for (const [name, share] of Object.entries({ validation, test })) {
    if (share >= 0 && share < 1) continue;
    throw new RangeError(`${name} is ${share}, needed a share of at least 0 and below 1`);
  }
  if (!(validation + test < 1)) {
    throw new RangeError(`shares of ${validation} and ${test}, needed less than 1 together`);
  }
  checkData(data);
  const random = randomStream(seed, 0);
  const shares = [1 - validation - test, validation, test];
  const parts = data.groups === undefined
    ? byClass(data, { shares, random })
    : byGroup(data, data.groups, { shares, random });
  parts.forEach((part, i) => {
    if (part.length > 0 || shares[i] === 0) return;
    const what = data.groups === undefined ? "examples" : "groups of examples";
    throw new RangeError(
      `too few ${what} for a part of ${
        (100 * shares[i]).toFixed(0)
      } %: ${data.labels.length} examples`,
    );
  });
  const [train, held, tested] = parts.map((indices) =>
    selectExamples(data, indices.toSorted((a, b) => a - b))
  );
  return { train, validation: held, test: tested };
}

interface Dealing {
  /** Of train, validation and test. */
  readonly shares: readonly number[];
  readonly random: RandomStream;
}

/** Numbers of the examples of each part. */
function byClass({ labels, classes }: LabelledData, { shares, random }: Dealing): number[][] {
  const parts: number[][] = shares.map(() => []);
  classes.forEach((_, label) => {
    const members = shuffled(
      Array.from(labels.keys()).filter((example) => labels[example] === label),
      random,
    );
    const held = Math.round(shares[1] * members.length);
    const tested = Math.min(members.length - held, Math.round(shares[2] * members.length));
    parts[1].push(...members.slice(0, held));
    parts[2].push(...members.slice(held, held + tested));
    parts[0].push(...members.slice(held + tested));
  });
  return parts;
}

function byGroup(
  { labels, classes }: LabelledData,
  groups: Uint32Array,
  { shares, random }: Dealing,
): number[][] {
  const members = new Map<number, number[]>();
  groups.forEach((group, example) => {
    const known = members.get(group);
    if (known === undefined) members.set(group, [example]);
    else known.push(example);
  });
  const totals = countsOf(labels, classes.length);
  const parts = shares.map((share) => ({
    share,
    examples: [] as number[],
    counts: new Array<number>(classes.length).fill(0),
  }));
  const order = shuffled([...members.values()], random).sort((a, b) => b.length - a.length);
  for (const group of order) {
    const own = countsOf(group.map((example) => labels[example]), classes.length);
    // How far the part is from what it is to have of the group's classes, in its own measure; where that
    // is equal, of all.
    const lack = ({ share, counts, examples }: typeof parts[number]) =>
      share === 0 ? -Infinity : TIE * (1 - examples.length / (share * labels.length)) + own.reduce(
        (sum, count, label) =>
          sum +
          count * (share * totals[label] - counts[label]) / Math.max(1, share * totals[label]),
        0,
      );
    const part = parts.reduce((best, each) => lack(each) > lack(best) ? each : best);
    part.examples.push(...group);
    own.forEach((count, label) => part.counts[label] += count);
  }
  return parts.map(({ examples }) => examples);
}

const TIE = 1e-6;

/** Examples of each class. */
export function countsOf(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return counts;
}

/**
 * Refuses splits whose parts are not of one kind, or are empty.
 *
 * @throws {RangeError} saying which.
 */
export function checkSplits({ train, validation, test }: DataSplits): void {
  for (const [name, data] of Object.entries({ train, validation, test })) {
    checkData(data);
    checkShape(data, train);
    if (data.labels.length === 0) throw new RangeError(`${name} has no examples, needed some`);
    if (data.classes.join("\n") === train.classes.join("\n")) continue;
    throw new RangeError(
      `${name} has classes ${data.classes.join(", ")}, needed those of train: ` +
        train.classes.join(", "),
    );
  }
}
