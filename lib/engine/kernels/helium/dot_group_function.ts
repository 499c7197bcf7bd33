import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul } from "../../../kernel/values.ts";
import { finishVector, type VectorFinish } from "./finish_vectors.ts";
import { channelBytes, type DotStep, GROUP, GROUP_ORDER } from "./pack_groups.ts";

/** What the code of a function for products of pixels and channels depends on. */
export interface DotGroupShape {
  /** Pixels computed together. */
  readonly pixels: 1 | 4;
  readonly steps: readonly DotStep[];
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
const MOST_WRITTEN_OUT = 4;

/** Vectors of a turn of the loop. */
const TURN = 2;

/** How a sum of many vectors is computed: some vectors, so many turns of the loop, the rest. */
export function loopOf(steps: readonly DotStep[]): {
  readonly before: number;
  readonly turns: number;
  /** The last vector, if it is not like the others, and where it begins behind them. */
  readonly last: DotStep | null;
} {
  const end = steps[steps.length - 1];
  const isLike = end.elements === 16 && end.offset === 16 * (steps.length - 1);
  const whole = isLike ? steps.length : steps.length - 1;
  const last = isLike ? null : { ...end, offset: end.offset - 16 * whole };
  if (steps.length <= MOST_WRITTEN_OUT) return { before: whole, turns: 0, last };
  const before = whole % TURN === 0 ? TURN : whole % TURN;
  return { before, turns: (whole - before) / TURN, last };
}

/** The code's key: functions of the same key are the same, however many turns there are. */
export function dotGroupName({ pixels, steps, restChannels, finish }: DotGroupShape): string {
  const { before, turns, last } = loopOf(steps);
  const count = turns > 0 ? `${before}_loop` : `${steps.length}`;
  const end = last === null ? "" : `_end${last.elements}`;
  const rest = restChannels > 0 ? `_rest${restChannels}` : "";
  return `dot${pixels}_${count}${end}${rest}_${finish.key}`;
}

/** Whether all elements of the pixels are read before anything is stored. */
export function readsFirst(steps: readonly DotStep[]): boolean {
  return steps.length === 1;
}

/**
 * A function that computes all channels of some pixels of a convolution, from elements that lie one
 * after the other: a vector of weights is multiplied with one of each pixel, their products added to a
 * sum. The sums of four pixels, or of four channels of one, become a vector that is finished at once.
 *
 * Parameters: where the first pixel lies, where its results go, the weights (`packGroups`) and the end
 * of their whole groups, the results' zero point, bytes between pixels, bytes of a result, of a channel's
 * weights, and turns of the loop.
 */
export function dotGroupFunction(shape: DotGroupShape, regions: DotGroupRegions): KernelCode {
  const b = new KernelBuilder();
  const [x, y, w, end, zero, pixelBytes, resultBytes, weightBytes, turns] = [
    "x",
    "y",
    "w",
    "w_end",
    "zero",
    "pixel_bytes",
    "result_bytes",
    "weight_bytes",
    "turns",
  ].map((name) => b.parameter(name));
  const pointers = [x];
  for (let p = 1; p < shape.pixels; p++) {
    pointers.push(b.let(`x${p}`, add(pointers[p - 1], pixelBytes)));
  }
  const held = readsFirst(shape.steps)
    ? pointers.map((pointer) =>
      b.let("held", load(b, shape.steps[0], { region: regions.input, pointer }))
    )
    : null;
  const hasLoop = loopOf(shape.steps).turns > 0;
  const of = {
    shape,
    regions,
    y,
    w,
    resultBytes,
    zero,
    pointers,
    held,
    turns,
    // Code with a loop is for sums of any length.
    weightBytes: hasLoop ? weightBytes : channelBytes(shape.steps),
  };
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
  readonly turns: Value;
  /** Bytes of a channel's weights: a number where it is known. */
  readonly weightBytes: Value | number;
}

/** Four pixels: channel by channel, sums of the pixels as a vector. */
function preparePixels(b: KernelBuilder, of: Body): (channels: number) => void {
  const { shape: { finish }, regions, y, w, resultBytes, zero, weightBytes } = of;
  const { range } = finish;
  const bound = (value: number) => apply("i8x16.splat", [b.let("bound", constant(value))]);
  return (channels) => {
    const order = GROUP_ORDER.filter((c) => c < channels);
    const results: Value[] = [];
    const constants = typeof weightBytes === "number"
      ? w
      : b.let("constants", add(w, mul(weightBytes, channels)));
    const finished = (c: number) => {
      const sums = b.let("sums", apply("i32x4.join", dots(b, of, [w])));
      const waiting = order.length - 1 - order.findIndex((each) => each === c);
      const left = typeof weightBytes === "number" ? waiting * weightBytes : 0;
      const constantAt = (index: number) => {
        const at = { region: regions.weights, address: constants, alignmentBytes: 4 };
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
  const { shape: { finish }, regions, y, w, zero, weightBytes } = of;
  const { min, max } = finish.range ?? { min: -128, max: 127 };
  const [least, most] = [min, max].map((value) => (
    b.let("bound", apply("i32x4.splat", [b.let("number", constant(value))]))
  ));
  return (channels) => {
    const order = GROUP_ORDER.filter((c) => c < channels);
    const weights = order.map((c, i) => ({
      c,
      pointer: i === 0 ? w : b.let(`w${i}`, add(w, mul(weightBytes, i))),
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
  const { shape: { steps }, regions: { input }, pointers, held, turns: count } = of;
  const sums: (Value | null)[] = new Array<null>(pointers.length * weights.length).fill(null);
  const { before, turns, last } = loopOf(steps);
  const whole: DotStep = { offset: 0, elements: 16 };
  const from = (step: DotStep, all: readonly Value[]) =>
    multiply(b, of, {
      sums,
      weights,
      step,
      xs: all.map((pointer) => () => (
        b.let("x_vector", load(b, step, { region: input, pointer, offsetBytes: step.offset }))
      )),
    });
  if (held !== null) {
    multiply(b, of, { sums, weights, step: steps[0], xs: held.map((value) => () => value) });
  } else if (turns === 0) {
    for (const step of steps) from(step, pointers);
  } else {
    const moving = pointers.map((pointer) => b.let("x_moving", pointer));
    const xs = moving.map((pointer) => () => {
      const value = b.let("x_vector", load(b, whole, { region: input, pointer }));
      b.advance(pointer, whole.elements);
      return value;
    });
    const step = () => multiply(b, of, { sums, weights, step: whole, xs });
    for (let i = 0; i < before; i++) step();
    b.for("turn", { from: count, until: 0, step: -1, atLeastOnce: true }, () => {
      for (let i = 0; i < TURN; i++) step();
    });
    if (last !== null) from(last, moving);
  }
  return sums.map((each) => each!);
}

/** Adds the products of a vector of each pixel and one of each channel's weights to their sums. */
function multiply(
  b: KernelBuilder,
  { regions }: Body,
  { sums, weights, step, xs }: {
    readonly sums: (Value | null)[];
    readonly weights: readonly Value[];
    readonly step: DotStep;
    readonly xs: readonly (() => Value)[];
  },
): void {
  const op = step.elements === 16 ? "i32.dot_i8x16_add" : "i32.dot_i16x8_add";
  const weightAt = (pointer: Value) => {
    const value = b.let("w_vector", load(b, step, { region: regions.weights, pointer }));
    b.advance(pointer, step.elements);
    return value;
  };
  const one = (i: number, x: Value, w: Value) => {
    const product = apply(op, [x, w, sums[i] ?? 0]);
    if (sums[i] === null) sums[i] = b.let(`sum${i}`, product);
    else b.set(sums[i]!, product);
  };
  if (weights.length === 1) {
    const weight = weightAt(weights[0]);
    return xs.forEach((element, p) => one(p, element(), weight));
  }
  const element = xs[0]();
  weights.forEach((pointer, c) => one(c, element, weightAt(pointer)));
}

/** A vector of elements, or of weights at a word. */
function load(
  b: KernelBuilder,
  { elements }: DotStep,
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
