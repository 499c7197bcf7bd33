import { checkOptions } from "../../check_arguments.ts";
import { lookedAfter, throwIfStopped } from "../../host.ts";
import { randomStream, shuffled } from "../../measure/random.ts";
import { type LabelledData, someExamples } from "./labelled_data.ts";
import { resizeData } from "./resize_data.ts";
import { checkSplits, type DataSplits } from "./split_data.ts";

/**
 * A linear model of the pixels.
 *
 * @category Data
 */
export interface LinearBaseline {
  /** Share of the test's examples that it classes right. */
  readonly accuracy: number;
  /** Its weight for every class and pixel, `[classes][height][width][channels]` of `shape`. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** One value a class. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** Rows, columns and channels of the examples that it read: larger ones are shrunk. */
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** More pixels tell a linear model little, and take their time. */
const MOST_SIDE = 32;
const MOST_EXAMPLES = 20_000;
/** Examples learnt in all passes together, and how many passes that may be. */
const LEARNT = 100_000;
const [LEAST_EPOCHS, MOST_EPOCHS] = [5, 50];
const BATCH = 32;
const RATE = 0.1;
const MOMENTUM = 0.9;
const DECAY = 1e-3;

/**
 * Softmax regression on the pixels (Bishop, Pattern Recognition and Machine Learning, 4.3.4): what can be
 * told without any network. Pixels less their mean, over the deviation of all of them and the square root
 * of their number; 5 to 50 passes of gradient descent with momentum over at most 20,000 examples, whose
 * rate falls along a cosine. Examples of more than 32 rows or columns are shrunk to these.
 *
 * @param options `seed` determines the order of the examples, 1 when absent; `signal` ends it.
 * @throws {RangeError} if the parts do not go together, or one is empty.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { linearBaseline } from "tinyloom";
 *
 * const shape = { height: 1, width: 2, channels: 1, classes: ["dark", "light"] };
 * const train = { pixels: Uint8Array.of(10, 20, 200, 240), labels: Uint16Array.of(0, 1), ...shape };
 * const test = { pixels: Uint8Array.of(20, 5, 250, 220), labels: Uint16Array.of(0, 1), ...shape };
 * assert.equal(linearBaseline({ train, validation: test, test }).accuracy, 1);
 * ```
 *
 * @category Data
 */
export function linearBaseline(
  splits: DataSplits,
  options: { readonly seed?: number; readonly signal?: AbortSignal } = {},
): LinearBaseline {
  checkOptions("linearBaseline", options, "seed signal");
  checkSplits(splits);
  const { seed = 1, signal } = options;
  return lookedAfter(null, () => fitted(splits, seed), { signal });
}

function fitted(splits: DataSplits, seed: number): LinearBaseline {
  const train = shrunk(someExamples(splits.train, MOST_EXAMPLES));
  const test = shrunk(splits.test);
  const classes = train.classes.length;
  const size = train.height * train.width * train.channels;
  const { mean, factor } = scaling(train, size);
  const model = { weights: new Float32Array(classes * size), bias: new Float32Array(classes) };
  const speed = { weights: new Float32Array(classes * size), bias: new Float32Array(classes) };
  const random = randomStream(seed, 0);
  const values = new Float32Array(size);
  const count = train.labels.length;
  const batches = Math.ceil(count / BATCH);
  const epochs = Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, Math.ceil(LEARNT / count)));
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(Array.from(train.labels.keys()), random);
    for (let batch = 0; batch < batches; batch++) {
      throwIfStopped();
      const done = (epoch * batches + batch) / (epochs * batches);
      const rate = RATE * (1 + Math.cos(Math.PI * done)) / 2;
      const members = order.slice(batch * BATCH, (batch + 1) * BATCH);
      for (let i = 0; i < speed.weights.length; i++) {
        speed.weights[i] = MOMENTUM * speed.weights[i] + DECAY * model.weights[i];
      }
      for (let k = 0; k < classes; k++) speed.bias[k] *= MOMENTUM;
      for (const example of members) {
        readValues(train, { example, mean, factor, values });
        const slopes = softmax(logits(model, values));
        slopes[train.labels[example]] -= 1;
        slopes.forEach((slope, k) => {
          const share = slope / members.length;
          speed.bias[k] += share;
          const at = k * size;
          for (let i = 0; i < size; i++) speed.weights[at + i] += share * values[i];
        });
      }
      for (let i = 0; i < model.weights.length; i++) model.weights[i] -= rate * speed.weights[i];
      for (let k = 0; k < classes; k++) model.bias[k] -= rate * speed.bias[k];
    }
  }
  let correct = 0;
  test.labels.forEach((label, example) => {
    readValues(test, { example, mean, factor, values });
    const found = logits(model, values);
    if (found.indexOf(Math.max(...found)) === label) correct++;
  });
  return {
    accuracy: correct / test.labels.length,
    ...model,
    shape: [train.height, train.width, train.channels],
  };
}

function shrunk(data: LabelledData): LabelledData {
  const [height, width] = [data.height, data.width].map((side) => Math.min(side, MOST_SIDE));
  return resizeData(data, { height, width });
}

/** Mean of each pixel, and what brings an example's squares to about 1 in all. */
function scaling({ pixels, labels }: LabelledData, size: number) {
  const mean = new Float32Array(size);
  for (let i = 0; i < pixels.length; i++) mean[i % size] += pixels[i] / labels.length;
  let squares = 0;
  for (let i = 0; i < pixels.length; i++) squares += (pixels[i] - mean[i % size]) ** 2;
  const deviation = Math.sqrt(squares / Math.max(1, pixels.length)) || 1;
  return { mean, factor: SPREAD / (deviation * Math.sqrt(size)) };
}

/** Length of an example as it is learnt: found to converge in the passes there are. */
const SPREAD = 4;

function readValues(
  { pixels }: LabelledData,
  { example, mean, factor, values }: {
    readonly example: number;
    readonly mean: Float32Array;
    readonly factor: number;
    readonly values: Float32Array;
  },
): void {
  const size = values.length;
  for (let i = 0; i < size; i++) values[i] = factor * (pixels[example * size + i] - mean[i]);
}

function logits(
  { weights, bias }: { readonly weights: Float32Array; readonly bias: Float32Array },
  values: Float32Array,
): number[] {
  return Array.from(bias, (start, k) => {
    let sum = start;
    const at = k * values.length;
    for (let i = 0; i < values.length; i++) sum += weights[at + i] * values[i];
    return sum;
  });
}

function softmax(values: readonly number[]): number[] {
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
