import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul } from "../../../kernel/values.ts";
import { finishSum, type SumFinish } from "./finish_sums.ts";
import { widenPixels } from "./widen_pixels.ts";

/** What the code of a function for products of pixels and channels depends on. */
export interface DotShape {
  /** Pixels computed together: 1, 2 or 4. */
  readonly pixels: number;
  /** Products of a sum. */
  readonly depth: number;
  /** Whether the last channel has none beside it. */
  readonly isOdd: boolean;
  readonly finish: Pick<SumFinish, "style" | "range" | "words">;
}

/** Memory that the function accesses. */
export interface DotRegions {
  readonly input: Region;
  readonly output: Region;
  readonly weights: Region;
  /** Widened pixels, at a multiple of 8. */
  readonly wide: Region;
}

/** Products that a turn of the loop computes, of every pixel and channel; fewer ones are written out. */
const TURN = 16;

/** Products before the loop: so many that whole turns are left, and some for the sums to start with. */
export function productsBefore(depth: number): number {
  const padded = Math.ceil(depth / 4) * 4;
  if (padded <= 24) return padded;
  return padded % TURN === 0 ? TURN : padded % TURN;
}

/** The code's key: functions of the same key are the same, whatever the depth. */
export function dotName({ pixels, depth, isOdd, finish }: DotShape): string {
  const before = productsBefore(depth);
  const rest = depth % 4 === 0 ? "" : `_rest${depth % 4}`;
  const loop = Math.ceil(depth / 4) * 4 === before ? "" : "_loop";
  return `dot${pixels}_${before}${rest}${loop}${isOdd ? "_odd" : ""}_${finish.style}`;
}

/** Bytes of widened pixels. */
export function wideBytes(pixels: number, depth: number): number {
  return 2 * pixels * Math.ceil(depth / 4) * 4;
}

/**
 * A function that computes all channels of some pixels of a convolution, from elements that lie one
 * after the other: elements are widened to pairs of int16 once, then two channels at a time are
 * multiplied with all pixels, their sums in registers.
 *
 * Parameters: where the first pixel lies, where its results go, the weights (`packPairs`) and their
 * end, bytes between pixels, elements of a pixel in whole words, bytes of a result, its zero point.
 */
export function dotFunction(shape: DotShape, regions: DotRegions): KernelCode {
  const { pixels, depth, isOdd, finish } = shape;
  const { wide, weights } = regions;
  const before = productsBefore(depth);
  const hasLoop = Math.ceil(depth / 4) * 4 !== before;
  const b = new KernelBuilder();
  const [x, y, w, end] = ["x", "y", "w", "w_end"].map((name) => b.parameter(name));
  const [buffer, pixelBytes, wordBytes, resultBytes, zero] = [
    "wide",
    "pixel_bytes",
    "word_bytes",
    "result_bytes",
    "zero",
  ].map((name) => b.parameter(name));
  widenPixels(b, {
    pixels,
    rest: depth % 4,
    x,
    pixelBytes,
    wordBytes,
    buffer,
    regions,
    before: hasLoop ? null : before,
  });
  const stepBytes = 4 * pixels;
  const wideEnd = hasLoop
    ? b.let("wide_end", add(buffer, mul(pixels * 2, b.let("padded", wordBytes))))
    : null;

  const weightAt = { region: weights, alignmentBytes: 4 };
  const load = (name: string) => {
    const value = b.let(name, b.load("i32.load", { ...weightAt, address: w }));
    b.advance(w, 4);
    return value;
  };
  const loadPair = (one: string, other: string) => {
    const first = b.let(one, b.load("i32.load", { ...weightAt, address: w }));
    const at = { ...weightAt, address: w, offsetBytes: 4 };
    const second = b.let(other, b.load("i32.load", at));
    b.advance(w, 8);
    return [first, second];
  };

  const block = (channels: number) => {
    const starts = loadPair("start", "start");
    const sums: Value[][] = [[], []];
    const multiply = (word: Value, [even, odd]: readonly Value[], p: number) => {
      const to = (c: number, weight: Value) => {
        const known = sums[c][p];
        const product = apply("i32.dot_i16x2_add", [weight, word, known ?? starts[c]]);
        if (known === undefined) sums[c][p] = b.let(`sum${p}_${c}`, product);
        else b.set(known, product);
      };
      to(0, even);
      if (channels === 2) to(1, odd);
    };
    /** Two products of every pixel and channel; `offset` is that of their elements. */
    const products = (pointer: Value, offset: number) => {
      const word = load("weights");
      const pair = [b.let("even", apply("i32.extend_even8_s", [word]))];
      if (channels === 2) pair.push(b.let("odd", apply("i32.extend_odd8_s", [word])));
      for (let p = 0; p < pixels; p += 2) {
        const words = [p, p + 1].filter((each) => each < pixels).map((each) => (
          b.let(
            "x",
            b.load("i32.load", {
              region: wide,
              address: pointer,
              offsetBytes: offset + 4 * each,
              alignmentBytes: 8,
            }),
          )
        ));
        words.forEach((each, i) => multiply(each, pair, p + i));
      }
    };
    const elements = b.let("elements", buffer);
    for (let k = 0; k < before; k += 2) products(elements, k / 2 * stepBytes);
    if (wideEnd !== null) {
      b.advance(elements, before / 2 * stepBytes);
      const turnBytes = TURN / 2 * stepBytes;
      b.goOn(elements, { until: wideEnd, step: turnBytes, atLeastOnce: true }, () => {
        for (let k = 0; k < TURN; k += 2) products(elements, k / 2 * stepBytes);
      });
    }
    // Copies: what is alive in the products too is on the stack, from where it comes once.
    const [offset, step, at] = [
      b.let("zero", zero),
      b.let("result_bytes", resultBytes),
      b.let("y", y),
    ];
    for (let c = 0; c < channels; c++) {
      const words: Value[] = [];
      for (let i = 0; i < finish.words; i += 2) words.push(...loadPair("factor", "factor"));
      const results = sums[c].map((sum) => finishSum(b, finish, { sum, words, zero: offset }));
      const store = (address: Value, result: Value) =>
        b.store("i32.store8", { region: regions.output, address }, result);
      if (pixels > 1) store(add(at, step), results[1]);
      if (pixels > 2) {
        const second = b.let("y_second", add(at, apply("i32.shl", [step, 1])));
        store(second, results[2]);
        store(add(second, step), results[3]);
      }
      store(at, results[0]);
      b.advance(at, 1);
    }
    b.set(y, at);
  };
  b.goOn(w, { until: end, step: 0, ...isOdd ? {} : { atLeastOnce: true } }, () => block(2));
  if (isOdd) block(1);
  return b.finish("dot");
}
