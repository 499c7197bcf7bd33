import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul } from "../../../kernel/values.ts";
import { DotReader, type DotRegions, type DotShape, type DspSums } from "./dot_reader.ts";
import { finishSum } from "./finish_sums.ts";
import { widenPixels } from "./widen_pixels.ts";

/**
 * Products that a turn of the loop computes, of every pixel and channel; not many more are written out.
 * Single pixels are what is left of rows: their code may be shorter.
 */
function turnOf({ pixels, pairs }: Pick<DotShape, "pixels" | "pairs">): number {
  return pixels === 1 && pairs === 1 ? 8 : 16;
}

/**
 * Products before the loop, so many that whole turns are left and some for the sums to start with, and
 * whether there is a loop. Elements beyond whole words come last unless they are widened with the others.
 */
function productsOf(shape: Pick<DotShape, "depth" | "isWide" | "pixels" | "pairs">) {
  const { depth, isWide } = shape;
  const turn = turnOf(shape);
  const isLate = !isWide && depth % 4 !== 0;
  const words = isLate ? depth - depth % 4 : Math.ceil(depth / 4) * 4;
  const before = words <= 1.5 * turn ? words : words % turn === 0 ? turn : words % turn;
  return { before, hasLoop: words !== before, isLate, turn };
}

/** The code's key: functions of the same key are the same, whatever the depth. */
export function dotName(shape: DotShape): string {
  const { pixels, pairs, isWide, depth, restChannels, finish } = shape;
  const { before, hasLoop } = productsOf(shape);
  const rest = depth % 4 === 0 ? "" : `_rest${depth % 4}`;
  const loop = hasLoop ? "_loop" : "";
  const kind = `dot${pixels}x${2 * pairs}${isWide ? "" : "_narrow"}`;
  return `${kind}_${before}${rest}${loop}${
    restChannels > 0 ? `_${restChannels}` : ""
  }_${finish.key}`;
}

/** Bytes of widened pixels. */
export function wideBytes(pixels: number, depth: number): number {
  return 2 * pixels * Math.ceil(depth / 4) * 4;
}

/**
 * A function that computes all channels of some pixels of a convolution, from elements that lie one
 * after the other: two or more channels at a time are multiplied with all pixels, their sums in
 * registers. Elements are widened to pairs of int16 first, once for all channels.
 *
 * Parameters: where the first pixel lies, where its results go, the weights (`packPairs`) and the end
 * of their whole blocks, bytes between pixels, elements of a pixel in whole words, bytes of a result,
 * its zero point, where widened elements go.
 */
export function dotFunction(shape: DotShape, regions: DotRegions): KernelCode {
  const { pixels, isWide, depth, pairs, restChannels } = shape;
  const { before, hasLoop, isLate, turn } = productsOf(shape);
  const b = new KernelBuilder();
  const [x, y, w, end] = ["x", "y", "w", "w_end"].map((name) => b.parameter(name));
  const [pixelBytes, wordBytes, resultBytes, zero] = [
    "pixel_bytes",
    "word_bytes",
    "result_bytes",
    "zero",
  ].map((name) => b.parameter(name));
  const buffer = isWide ? b.parameter("wide") : null;
  if (buffer !== null) {
    widenPixels(b, {
      pixels,
      rest: depth % 4,
      x,
      pixelBytes,
      wordBytes,
      buffer,
      regions: { input: regions.input, wide: regions.wide! },
      before: hasLoop ? null : before,
    });
  }
  // What is behind the last turn; a rest of elements beyond whole words comes behind the loop.
  const loopEnd = !hasLoop
    ? null
    : buffer !== null
    ? b.let("elements_end", add(buffer, mul(2 * pixels, add(wordBytes, depth % 4 === 0 ? 0 : 4))))
    : b.let("elements_end", add(x, wordBytes));
  const block = (channels: number) => {
    const read = new DotReader(b, { shape, regions, pixelBytes, w, channels });
    const sums = read.starts();
    read.elementsAt(buffer ?? x);
    read.products(sums, before);
    if (loopEnd !== null || isLate) read.skip(before);
    if (loopEnd !== null) read.loop(loopEnd, turn, () => read.products(sums, turn));
    if (isLate) read.rest(sums);
    finishBlock(b, { shape, regions, read, sums, y, resultBytes, zero });
  };
  const whole = 2 * pairs;
  b.goOn(w, { until: end, step: 0 }, () => block(whole));
  if (restChannels > 0) block(restChannels);
  return b.finish("dot");
}

function finishBlock(
  b: KernelBuilder,
  { shape: { pixels, finish }, regions, read, sums, y, resultBytes, zero }: {
    readonly shape: DotShape;
    readonly regions: DotRegions;
    readonly read: DotReader;
    readonly sums: DspSums;
    readonly y: Value;
    readonly resultBytes: Value;
    readonly zero: Value;
  },
): void {
  // Copies: what is alive in the products too is on the stack, from where it comes once.
  const offset = b.let("zero", zero);
  const step = pixels > 1 ? b.let("result_bytes", resultBytes) : null;
  const to = b.let("y", y);
  const store = (address: Value, result: Value) =>
    b.store("i32.store8", { region: regions.output, address }, result);
  sums.forEach((row) => {
    const words: Value[] = [];
    for (let i = 0; i < finish.words; i += 2) words.push(...read.pair("factor"));
    const results = row.map(({ value }) =>
      finishSum(b, finish, { sum: value, words, zero: offset })
    );
    if (step !== null) {
      store(add(to, step), results[1]);
      if (pixels > 2) {
        const second = b.let("y_second", add(to, apply("i32.shl", [step, 1])));
        store(second, results[2]);
        store(add(second, step), results[3]);
      }
    }
    store(to, results[0]);
    b.advance(to, 1);
  });
  b.set(y, to);
}
