import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant } from "../../../kernel/values.ts";
import { type BlockBody, dotBlock, loadStep, loopOf, readsFirst, times } from "./dot_block.ts";
import { finishVector, type VectorFinish } from "./finish_vectors.ts";
import { channelBytes, type DotStep, GROUP, GROUP_ORDER } from "./pack_weights.ts";

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

/** The code's key: functions of the same key are the same, however many turns there are. */
export function dotGroupName({ pixels, steps, restChannels, finish }: DotGroupShape): string {
  const { before, turns, last } = loopOf(steps);
  const count = turns > 0 ? `${before}_loop` : `${steps.length}`;
  const end = last === null ? "" : `_end${last.elements}`;
  const rest = restChannels > 0 ? `_rest${restChannels}` : "";
  return `dot${pixels}_${count}${end}${rest}_${finish.key}`;
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
    ? pointers.map((pointer) => (
      b.let("held", loadStep(b, shape.steps[0], { region: regions.input, pointer }))
    ))
    : null;
  const hasLoop = loopOf(shape.steps).turns > 0;
  const of = {
    shape,
    steps: shape.steps,
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

interface Body extends BlockBody {
  readonly shape: DotGroupShape;
  readonly regions: DotGroupRegions;
  readonly y: Value;
  readonly resultBytes: Value;
  readonly zero: Value;
}

/** Four pixels: channel by channel, sums of the pixels as a vector. */
function preparePixels(b: KernelBuilder, of: Body): (channels: number) => void {
  const { shape: { finish }, regions, y, w, resultBytes, zero, weightBytes } = of;
  const { range } = finish;
  const bound = (value: number) => apply("i8x16.splat", [b.let("bound", constant(value))]);
  return (channels) => {
    const constants = typeof weightBytes === "number"
      ? w
      : b.let("constants", add(w, times(weightBytes, channels)));
    let waiting = channels;
    const finished = (c: number, sums: Value) => {
      const left = typeof weightBytes === "number" ? waiting * weightBytes : 0;
      const constantAt = (index: number) => {
        const at = { region: regions.weights, address: constants, alignmentBytes: 4 };
        const offsetBytes = left + 16 * index + 4 * c;
        return apply("i32x4.splat", [b.let("word", b.load("i32.load", { ...at, offsetBytes }))]);
      };
      const biased = apply("i32x4.add", [sums, constantAt(0)]);
      return finishVector(b, finish, { sums: biased, constantAt });
    };
    const pairs = PAIRS.map((pair) => {
      const own = pair.filter((c) => c < channels);
      if (own.length === 0) return null;
      const results = pixelVectors(b, of, own.length, (i, sums) => {
        waiting -= i.finished;
        return finished(own[i.channel], sums);
      });
      const narrow = [results[0], results[1] ?? results[0]];
      const q = b.let("pair", apply("i16x8.narrow_pairs_i32x4_s", narrow));
      b.set(q, apply("i16x8.add_sat_s", [q, apply("i16x8.splat", [zero])]));
      return q;
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

/** Channels whose results are narrowed together. */
const PAIRS = [[0, 2], [1, 3]] as const;

/**
 * Sums of four pixels as a vector for each channel, finished: one vector of elements each is multiplied
 * with one of weights; more are in blocks of two pixels and two channels, which load each half as often.
 */
function pixelVectors(
  b: KernelBuilder,
  of: Body,
  channels: number,
  finish: (
    done: { readonly channel: number; readonly finished: number },
    sums: Value,
  ) => Value,
): readonly Value[] {
  if (of.held !== null) {
    return Array.from({ length: channels }, (_, channel) => {
      const { sums } = dotBlock(b, of, { pixels: [0, 1, 2, 3], channels: 1, movesOn: true });
      return finish({ channel, finished: 1 }, b.let("sums", apply("i32x4.join", sums[0])));
    });
  }
  const even = dotBlock(b, of, { pixels: [0, 2], channels, movesOn: false });
  // Their other lanes come next.
  const vectors = even.sums.map((sums, c) => (
    b.let("sums", apply("i32x4.replace_even", [even.weights[c], ...sums]))
  ));
  const odd = dotBlock(b, of, { pixels: [1, 3], channels, movesOn: true });
  vectors.forEach((each, c) => b.set(each, apply("i32x4.replace_odd", [each, ...odd.sums[c]])));
  return vectors.map((each, channel) => (
    finish({ channel, finished: channel === 0 ? channels : 0 }, each)
  ));
}

/** One pixel: sums of four channels as a vector. */
function prepareChannels(b: KernelBuilder, of: Body): (channels: number) => void {
  const { shape: { finish }, regions, y, w, zero } = of;
  const { min, max } = finish.range ?? { min: -128, max: 127 };
  const [least, most] = [min, max].map((value) => (
    b.let("bound", apply("i32x4.splat", [b.let("number", constant(value))]))
  ));
  return (channels) => {
    const { sums } = dotBlock(b, of, { pixels: [0], channels, movesOn: true });
    const byChannel: Value[] = [];
    GROUP_ORDER.filter((c) => c < channels).forEach((c, i) => byChannel[c] = sums[i][0]);
    const lanes = [0, 1, 2, 3].map((c) => byChannel[Math.min(c, channels - 1)]);
    const vector = b.let("sums", apply("i32x4.join", lanes));
    const constantAt = (index: number) => {
      const at = { region: regions.weights, address: w, alignmentBytes: 4 };
      return b.let("constants", b.load("v128.load", { ...at, offsetBytes: 16 * index }));
    };
    const biased = apply("i32x4.add", [vector, constantAt(0)]);
    const v = finishVector(b, finish, { sums: biased, constantAt });
    b.set(v, apply("i32x4.add", [v, apply("i32x4.splat", [zero])]));
    b.set(v, apply("i32x4.max_s", [v, least]));
    b.set(v, apply("i32x4.min_s", [v, most]));
    b.advance(w, 16 * finish.words);
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
