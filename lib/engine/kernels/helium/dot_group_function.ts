import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant } from "../../../kernel/values.ts";
import { finishVector, type VectorFinish } from "./finish_vectors.ts";
import { channelBytes, type DotSteps, GROUP, GROUP_ORDER } from "./pack_groups.ts";

/** What the code of a function for products of pixels and channels depends on. */
export interface DotGroupShape {
  /** Pixels computed together. */
  readonly pixels: 1 | 4;
  readonly steps: DotSteps;
  /** Channels beyond whole groups. */
  readonly restChannels: number;
  readonly finish: VectorFinish;
}

/** Memory that the function accesses. */
export interface DotGroupRegions {
  readonly input: Region;
  readonly output: Region;
  readonly weights: Region;
}

/** Vectors that are written out; sums of more have a loop. */
const MOST_WRITTEN_OUT = 8;

/** Vectors of a turn of the loop. */
const TURN = 4;

/** The code's key. */
export function dotGroupName({ pixels, steps, restChannels, finish }: DotGroupShape): string {
  const { elements, offsets } = steps;
  const depth = offsets[offsets.length - 1] + elements;
  return `dot${pixels}_${depth}${restChannels > 0 ? `_${restChannels}` : ""}_${finish.key}`;
}

/** Whether all elements of the pixels are read before anything is stored. */
export function readsFirst({ offsets }: DotSteps): boolean {
  return offsets.length === 1;
}

/**
 * A function that computes all channels of some pixels of a convolution, from elements that lie one
 * after the other: a vector of weights is multiplied with one of each pixel, their products added to a
 * sum. The sums of four pixels, or of four channels of one, become a vector that is finished at once.
 *
 * Parameters: where the first pixel lies, where its results go, the weights (`packGroups`) and the end
 * of their whole groups, bytes between pixels, bytes of a result, its zero point.
 */
export function dotGroupFunction(shape: DotGroupShape, regions: DotGroupRegions): KernelCode {
  const b = new KernelBuilder();
  const [x, y, w, end, pixelBytes, resultBytes, zero] = [
    "x",
    "y",
    "w",
    "w_end",
    "pixel_bytes",
    "result_bytes",
    "zero",
  ].map((name) => b.parameter(name));
  const pointers = [x];
  for (let p = 1; p < shape.pixels; p++) {
    pointers.push(b.let(`x${p}`, add(pointers[p - 1], pixelBytes)));
  }
  const held = readsFirst(shape.steps)
    ? pointers.map((pointer) => b.let("held", load(b, shape, { region: regions.input, pointer })))
    : null;
  const of = { shape, regions, y, w, resultBytes, zero, pointers, held };
  const group = shape.pixels === 1 ? prepareChannels(b, of) : preparePixels(b, of);
  b.goOn(w, { until: end, step: 0 }, () => group(GROUP));
  if (shape.restChannels > 0) group(shape.restChannels);
  return b.finish("dot");
}

interface Body {
  readonly shape: DotGroupShape;
  readonly regions: DotGroupRegions;
  readonly y: Value;
  readonly w: Value;
  readonly resultBytes: Value;
  readonly zero: Value;
  /** Where pixels lie. */
  readonly pointers: readonly Value[];
  /** Their elements, if they are one vector each. */
  readonly held: readonly Value[] | null;
}

/** Four pixels: channel by channel, sums of the pixels as a vector. */
function preparePixels(b: KernelBuilder, of: Body): (channels: number) => void {
  const { shape: { steps, finish }, regions, y, w, resultBytes, zero } = of;
  const { range } = finish;
  const bound = (value: number) => apply("i8x16.splat", [b.let("bound", constant(value))]);
  return (channels) => {
    const order = GROUP_ORDER.filter((c) => c < channels);
    const results: Value[] = [];
    const finished = (c: number) => {
      const sums = b.let("sums", apply("i32x4.join", dots(b, of, [w])));
      const left = (order.length - 1 - order.findIndex((each) => each === c)) * channelBytes(steps);
      const constantAt = (index: number) => {
        const at = { region: regions.weights, address: w, alignmentBytes: 4 };
        const offsetBytes = left + 16 * index + 4 * c;
        return apply("i32x4.splat", [b.let("word", b.load("i32.load", { ...at, offsetBytes }))]);
      };
      const biased = apply("i32x4.add", [sums, constantAt(0)]);
      results[c] = finishVector(b, finish, { sums: biased, constantAt });
    };
    const pairs = [0, 1].map((first) => {
      if (first >= channels) return null;
      finished(first);
      if (first + 2 < channels) finished(first + 2);
      const narrow = [results[first], results[first + 2] ?? results[first]];
      const pair = b.let("pair", apply("i16x8.narrow_pairs_i32x4_s", narrow));
      b.set(pair, apply("i16x8.add_sat_s", [pair, apply("i16x8.splat", [zero])]));
      return pair;
    });
    const bytes = b.let(
      "q",
      apply("i8x16.narrow_pairs_i16x8_s", [pairs[0]!, pairs[1] ?? pairs[0]!]),
    );
    if (range !== null) {
      if (range.min > -128) b.set(bytes, apply("i8x16.max_s", [bytes, bound(range.min)]));
      if (range.max < 127) b.set(bytes, apply("i8x16.min_s", [bytes, bound(range.max)]));
    }
    b.advance(w, 16 * finish.words);
    const second = b.let("y_second", add(y, apply("i32.shl", [resultBytes, 1])));
    const places = [y, add(y, resultBytes), second, add(second, resultBytes)];
    places.forEach((address, p) => {
      const word = b.let("word", apply("i32x4.extract_lane", [bytes], [p]));
      storeBytes(b, word, { region: regions.output, address, count: channels });
    });
    b.advance(y, channels);
  };
}

/** One pixel: sums of four channels as a vector. */
function prepareChannels(b: KernelBuilder, of: Body): (channels: number) => void {
  const { shape: { steps, finish }, regions, y, w, zero } = of;
  const { min, max } = finish.range ?? { min: -128, max: 127 };
  const [least, most] = [min, max].map((value) => (
    b.let("bound", apply("i32x4.splat", [b.let("number", constant(value))]))
  ));
  return (channels) => {
    const order = GROUP_ORDER.filter((c) => c < channels);
    const weights = order.map((c, i) => ({
      c,
      pointer: i === 0 ? w : b.let(`w${i}`, add(w, i * channelBytes(steps))),
    }));
    const sums = dots(b, of, weights.map(({ pointer }) => pointer));
    const byChannel: Value[] = [];
    weights.forEach(({ c }, i) => byChannel[c] = sums[i]);
    const lanes = [0, 1, 2, 3].map((c) => byChannel[Math.min(c, channels - 1)]);
    const vector = b.let("sums", apply("i32x4.join", lanes));
    // The last channel's pointer lies behind the weights of all.
    const constants = weights[weights.length - 1].pointer;
    const constantAt = (index: number) => {
      const at = { region: regions.weights, address: constants, alignmentBytes: 4 };
      return b.let("constants", b.load("v128.load", { ...at, offsetBytes: 16 * index }));
    };
    const biased = apply("i32x4.add", [vector, constantAt(0)]);
    const v = finishVector(b, finish, { sums: biased, constantAt });
    b.set(v, apply("i32x4.add", [v, apply("i32x4.splat", [zero])]));
    b.set(v, apply("i32x4.max_s", [v, least]));
    b.set(v, apply("i32x4.min_s", [v, most]));
    b.set(w, add(constants, 16 * finish.words));
    const at = { region: regions.output, address: y };
    if (channels === GROUP) b.store("i32x4.store8x4", at, v);
    else {
      for (let c = 0; c < channels; c++) {
        const result = b.let("result", apply("i32x4.extract_lane", [v], [c]));
        b.store("i32.store8", { ...at, offsetBytes: c }, result);
      }
    }
    b.advance(y, channels);
  };
}

/** The sums of all pixels and channels, whose pointers to weights are left behind them. */
function dots(b: KernelBuilder, of: Body, weights: readonly Value[]): readonly Value[] {
  const { shape, regions, pointers, held } = of;
  const { elements, offsets } = shape.steps;
  const op = elements === 16 ? "i32.dot_i8x16_add" : "i32.dot_i16x8_add";
  const sums: (Value | null)[] = new Array<null>(pointers.length * weights.length).fill(null);
  const multiply = (xs: readonly (() => Value)[]) => {
    const loaded = weights.map((pointer) => () => {
      const value = b.let("w_vector", load(b, shape, { region: regions.weights, pointer }));
      b.advance(pointer, elements);
      return value;
    });
    const one = (i: number, a: Value, c: Value) => {
      const product = apply(op, [a, c, sums[i] ?? 0]);
      if (sums[i] === null) sums[i] = b.let(`sum${i}`, product);
      else b.set(sums[i]!, product);
    };
    if (weights.length === 1) {
      const weight = loaded[0]();
      return xs.forEach((element, p) => one(p, element(), weight));
    }
    const element = xs[0]();
    loaded.forEach((weight, c) => one(c, element, weight()));
  };
  if (held !== null) {
    multiply(held.map((value) => () => value));
  } else if (offsets.length <= MOST_WRITTEN_OUT) {
    for (const offsetBytes of offsets) {
      multiply(pointers.map((pointer) => () => (
        b.let("x_vector", load(b, shape, { region: regions.input, pointer, offsetBytes }))
      )));
    }
  } else {
    const moving = pointers.map((pointer) => b.let("x_moving", pointer));
    const step = () =>
      multiply(moving.map((pointer) => () => {
        const value = b.let("x_vector", load(b, shape, { region: regions.input, pointer }));
        b.advance(pointer, elements);
        return value;
      }));
    const last = offsets[offsets.length - 1];
    const whole = last % elements === 0 ? offsets.length : offsets.length - 1;
    const before = whole % TURN === 0 ? TURN : whole % TURN;
    for (let i = 0; i < before; i++) step();
    b.for("turn", { from: (whole - before) / TURN, until: 0, step: -1, atLeastOnce: true }, () => {
      for (let i = 0; i < TURN; i++) step();
    });
    if (whole < offsets.length) {
      const offsetBytes = last - whole * elements;
      multiply(moving.map((pointer) => () => (
        b.let("x_vector", load(b, shape, { region: regions.input, pointer, offsetBytes }))
      )));
    }
  }
  return sums.map((each) => each!);
}

/** A vector of elements, or of weights at a word. */
function load(
  b: KernelBuilder,
  { steps: { elements } }: DotGroupShape,
  { region, pointer, offsetBytes = 0 }: {
    readonly region: Region;
    readonly pointer: Value;
    readonly offsetBytes?: number;
  },
): Value {
  const op = elements === 16 ? "v128.load" : "i16x8.load8x8_s";
  const isWeight = region.space === "constants";
  const at = { region, address: pointer, offsetBytes };
  return b.load(op, isWeight ? { ...at, alignmentBytes: 4 } : at);
}

/** Stores the lower bytes of a word. */
function storeBytes(
  b: KernelBuilder,
  word: Value,
  { region, address, count }: {
    readonly region: Region;
    readonly address: Value;
    readonly count: number;
  },
): void {
  const at = { region, address };
  if (count === GROUP) return b.store("i32.store", at, word);
  if (count === 1) return b.store("i32.store8", at, word);
  b.store("i32.store16", at, word);
  if (count === 3) {
    const high = b.let("high", apply("i32.shr_u", [word, 16]));
    b.store("i32.store8", { ...at, offsetBytes: 2 }, high);
  }
}
