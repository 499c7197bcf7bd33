import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant } from "../../../kernel/values.ts";
import type { FinishCode } from "./finish_sums.ts";

/** What the code of a function for products of pixels and channels depends on. */
export interface DotShape {
  /** Pixels computed together: 1, 2 or 4. */
  readonly pixels: number;
  /** Pairs of channels computed together: 1, or more for single pixels. */
  readonly pairs: number;
  /** Whether elements are widened once, in memory; else each time they are read, of 2 pixels at most. */
  readonly isWide: boolean;
  /** Products of a sum. */
  readonly depth: number;
  /** Channels beyond whole blocks of pairs. */
  readonly restChannels: number;
  readonly finish: FinishCode;
}

/** Memory that the function accesses. */
export interface DotRegions {
  readonly input: Region;
  readonly output: Region;
  readonly weights: Region;
  /** Widened pixels, at a multiple of 8; null: they are not. */
  readonly wide: Region | null;
}

/** Sums of some channels, of each of some pixels: `[channel][pixel]`. */
export type DspSums = readonly (readonly Sum[])[];

/** A sum of a pixel and channel: first what it starts from, then a variable of its own. */
interface Sum {
  value: Value;
  isOwn: boolean;
}

/** Multiplies and adds: reads weights and elements in their order. */
export class DotReader {
  readonly #b: KernelBuilder;
  readonly #shape: DotShape;
  readonly #regions: DotRegions;
  readonly #pixelBytes: Value;
  readonly #w: Value;
  readonly #channels: number;
  #pointers: Value[] = [];

  constructor(
    b: KernelBuilder,
    { shape, regions, pixelBytes, w, channels }: {
      readonly shape: DotShape;
      readonly regions: DotRegions;
      readonly pixelBytes: Value;
      readonly w: Value;
      readonly channels: number;
    },
  ) {
    this.#b = b;
    this.#shape = shape;
    this.#regions = regions;
    this.#pixelBytes = pixelBytes;
    this.#w = w;
    this.#channels = channels;
  }

  /** Two words of weights or constants. */
  pair(name: string): readonly Value[] {
    const b = this.#b;
    const at = { region: this.#regions.weights, address: this.#w, alignmentBytes: 4 };
    const both = [0, 4].map((offsetBytes) =>
      b.let(name, b.load("i32.load", { ...at, offsetBytes }))
    );
    b.advance(this.#w, 8);
    return both;
  }

  /** What sums start from, `[channel][pixel]`. */
  starts(): DspSums {
    const starts: Value[] = [];
    for (let c = 0; c < this.#channels; c += 2) starts.push(...this.pair("start"));
    return starts.slice(0, this.#channels).map((value) =>
      Array.from({ length: this.#shape.pixels }, (): Sum => ({ value, isOwn: false }))
    );
  }

  /** Where elements are read from. */
  elementsAt(address: Value): void {
    const b = this.#b;
    const first = b.let("elements", address);
    this.#pointers = [first];
    if (!this.#shape.isWide && this.#shape.pixels === 2) {
      this.#pointers.push(b.let("next", add(first, this.#pixelBytes)));
    }
  }

  /** Bytes of memory that so many elements take. */
  #bytes(products: number): number {
    return this.#shape.isWide ? 2 * this.#shape.pixels * products : products;
  }

  /** Goes on behind products that were written out. */
  skip(products: number): void {
    for (const each of this.#pointers) this.#b.advance(each, this.#bytes(products));
  }

  loop(until: Value, products: number, body: () => void): void {
    const [first, second] = this.#pointers;
    const step = this.#bytes(products);
    this.#b.goOn(first, { until, step, atLeastOnce: true }, () => {
      body();
      if (second !== undefined) this.#b.advance(second, step);
    });
  }

  /** So many products of every pixel and channel. */
  products(sums: DspSums, count: number): void {
    const { pixels, isWide } = this.#shape;
    for (let k = 0; k < count; k += 4) {
      if (isWide && pixels > 1) {
        for (const half of [0, 2]) this.#two(sums, this.#bytes(k + half));
      } else this.#four(sums, this.#elements(k));
    }
  }

  /** Products of elements beyond whole words. */
  rest(sums: DspSums): void {
    const { depth } = this.#shape;
    const elements = this.#pointers.map((pointer) => {
      const element = (i: number) => {
        if (i >= depth % 4) return constant(0);
        const at = { region: this.#regions.input, address: pointer, offsetBytes: i };
        return this.#b.let("element", this.#b.load("i32.load8_s", at));
      };
      return [0, 1].map((i) =>
        this.#b.let("pair", apply("i32.pack_low16", [element(i), element(i + 2)]))
      );
    });
    this.#four(sums, elements);
  }

  #elements(k: number): readonly (readonly Value[])[] {
    const b = this.#b;
    const { isWide } = this.#shape;
    const offsetBytes = this.#bytes(k);
    if (isWide) {
      const at = { region: this.#regions.wide!, address: this.#pointers[0], alignmentBytes: 8 };
      return [
        [0, 4].map((behind) =>
          b.let("pair", b.load("i32.load", { ...at, offsetBytes: offsetBytes + behind }))
        ),
      ];
    }
    return this.#pointers.map((address) => {
      const at = { region: this.#regions.input, address, offsetBytes };
      const word = b.let("word", b.load("i32.load", at));
      return ["i32.extend_even8_s", "i32.extend_odd8_s"].map((op) => (
        b.let("pair", apply(op as "i32.extend_even8_s", [word]))
      ));
    });
  }

  /** Four products, from pairs of even and odd elements of each pixel. */
  #four(sums: DspSums, elements: readonly (readonly Value[])[]): void {
    const perHalf = Math.ceil(this.#channels / 2);
    for (let i = 0; i < 2 * perHalf; i += 2) {
      this.pair("weights").forEach((word, j) => {
        const half = i + j < perHalf ? 0 : 1;
        const channel = 2 * (i + j - half * perHalf);
        const weights = this.#widened(word, channel);
        elements.forEach((pairs, p) => {
          weights.forEach((weight, c) => this.#multiply(sums[channel + c][p], weight, pairs[half]));
        });
      });
    }
  }

  /** Two products of two or four widened pixels. */
  #two(sums: DspSums, offsetBytes: number): void {
    const b = this.#b;
    const pairsOf = (pixel: number) =>
      [pixel, pixel + 1].map((each) => (
        b.let(
          "pair",
          b.load("i32.load", {
            region: this.#regions.wide!,
            address: this.#pointers[0],
            offsetBytes: offsetBytes + 4 * each,
            alignmentBytes: 8,
          }),
        )
      ));
    const kept = this.#shape.pixels === 2 ? pairsOf(0) : null;
    for (let channel = 0; channel < this.#channels; channel += 2) {
      const at = { region: this.#regions.weights, address: this.#w, alignmentBytes: 4 };
      const word = b.let("weights", b.load("i32.load", at));
      b.advance(this.#w, 4);
      const weights = this.#widened(word, channel);
      for (let p = 0; p < this.#shape.pixels; p += 2) {
        (kept ?? pairsOf(p)).forEach((pair, i) =>
          weights.forEach((weight, c) => this.#multiply(sums[channel + c][p + i], weight, pair))
        );
      }
    }
  }

  #widened(word: Value, channel: number): readonly Value[] {
    const even = this.#b.let("even", apply("i32.extend_even8_s", [word]));
    if (channel + 1 >= this.#channels) return [even];
    return [even, this.#b.let("odd", apply("i32.extend_odd8_s", [word]))];
  }

  #multiply(sum: Sum, weight: Value, pair: Value): void {
    const product = apply("i32.dot_i16x2_add", [weight, pair, sum.value]);
    if (sum.isOwn) return this.#b.set(sum.value, product);
    sum.value = this.#b.let("sum", product);
    sum.isOwn = true;
  }
}
