import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant } from "../../../kernel/values.ts";

/** Whose elements are widened, and where to. */
export interface WidenOptions {
  /** 1, 2 or 4. */
  readonly pixels: number;
  /** Elements of a pixel beyond whole words. */
  readonly rest: number;
  /** Where the first pixel lies. */
  readonly x: Value;
  /** Bytes between pixels. */
  readonly pixelBytes: Value;
  /** Elements in whole words. */
  readonly wordBytes: Value;
  /** Products, if they are few: the loop is written out. */
  readonly before: number | null;
  readonly buffer: Value;
  readonly regions: { readonly input: Region; readonly wide: Region };
}

/**
 * Elements of some pixels as pairs of int16, those of the pixels side by side: of every four elements
 * a pair of the even ones for each pixel, then one of the odd ones.
 */
export function widenPixels(b: KernelBuilder, options: WidenOptions): void {
  const { pixels, rest, x, pixelBytes, wordBytes, before, buffer, regions } = options;
  const wideAt = { region: regions.wide, alignmentBytes: 8 };
  const store = (to: Value, pairs: readonly Value[]) => {
    pairs.forEach((pair, i) => {
      b.store("i32.store", { ...wideAt, address: to, offsetBytes: 4 * i }, pair);
    });
    b.advance(to, 4 * pixels);
  };
  for (let p = 0; p < pixels; p += 2) {
    const isPair = pixels > 1;
    const first = b.let(
      "x_pixel",
      p === 0 ? x : add(x, apply("i32.shl", [pixelBytes, Math.log2(p)])),
    );
    const pointers = isPair ? [first, b.let("x_next", add(first, pixelBytes))] : [first];
    const to = b.let("to", add(buffer, 4 * p));
    const words = () => {
      const loaded = pointers.map((pointer) => {
        const word = b.let("word", b.load("i32.load", { region: regions.input, address: pointer }));
        b.advance(pointer, 4);
        return word;
      });
      for (const op of ["i32.extend_even8_s", "i32.extend_odd8_s"] as const) {
        store(to, loaded.map((word) => b.let("pair", apply(op, [word]))));
      }
    };
    const whole = before === null ? null : before - (rest === 0 ? 0 : 4);
    if (whole !== null) { for (let k = 0; k < whole; k += 4) words(); }
    else {
      const end = b.let("x_end", add(first, wordBytes));
      b.goOn(first, { until: end, step: 0, atLeastOnce: true }, words);
    }
    if (rest === 0) continue;
    const element = (pointer: Value, i: number) =>
      i >= rest ? constant(0) : b.let(
        "element",
        b.load("i32.load8_s", { region: regions.input, address: pointer, offsetBytes: i }),
      );
    for (const i of [0, 1]) {
      store(
        to,
        pointers.map((pointer) => (
          b.let("pair", apply("i32.pack_low16", [element(pointer, i), element(pointer, i + 2)]))
        )),
      );
    }
  }
}
