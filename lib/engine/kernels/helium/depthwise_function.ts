import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant } from "../../../kernel/values.ts";
import { finishVector, type VectorFinish } from "./finish_vectors.ts";
import { HELIUM_LANES } from "./pack_weights.ts";

/** What the code of a function for pixels of a depthwise convolution depends on. */
export interface DepthwiseShape {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Bytes of a pixel; null: too many to move a pointer on by them for free. */
  readonly pixelBytes: number | null;
  /** Whether the products of two taps add up to an int16: no weight is -128. */
  readonly addsPairs: boolean;
  /** Whether rows of taps are equally far apart; else each distance is a parameter. */
  readonly isEven: boolean;
  readonly finish: VectorFinish;
}

/** Most bytes that an access moves its pointer on by. */
export const MOST_MOVE = 127;

/** The code's key. */
export function depthwiseName(
  { kernelHeight, kernelWidth, pixelBytes, addsPairs, isEven, finish }: DepthwiseShape,
): string {
  const kind = `${addsPairs ? "" : "_wide"}${isEven ? "" : "_uneven"}`;
  return `depthwise${kernelHeight}x${kernelWidth}_${pixelBytes ?? "any"}${kind}_${finish.key}`;
}

const PARAMETERS = [
  "x",
  "y",
  "y_end",
  "weights",
  "weights_end",
  "pixel_bytes",
  "next_pixel",
  "zero",
] as const;

/**
 * A function that computes pixels of a row, one after the other, each eight channels at a time: elements
 * and weights are widened when they are loaded, products of even and of odd channels are added up apart,
 * those of two taps together.
 *
 * Parameters: where the first tap of the first pixel lies, where results go and where they end, the
 * weights (`packDepthwise`) and their end, bytes of a pixel, from behind a pixel to the next one's first
 * tap, the results' zero point, bytes from behind a row of taps to the next: one number, or one for every
 * row but the last.
 */
export function depthwiseFunction(
  shape: DepthwiseShape,
  regions: { readonly input: Region; readonly output: Region; readonly weights: Region },
): KernelCode {
  const { kernelHeight, kernelWidth, addsPairs, isEven, finish } = shape;
  const b = new KernelBuilder();
  const [x, y, end, weights, weightsEnd, pixelBytes, nextPixel, zero] = PARAMETERS.map((name) =>
    b.parameter(name)
  );
  const toNextRow = Array.from(
    { length: isEven ? 1 : kernelHeight - 1 },
    () => b.parameter("to_next_row"),
  );
  const { min, max } = finish.range ?? { min: -128, max: 127 };
  const [least, most] = [min, max].map((value) => (
    b.let("bound", apply("i16x8.splat", [b.let("number", constant(value))]))
  ));
  const tapBytes = shape.pixelBytes ?? pixelBytes;
  b.goOn(y, { until: end, step: 0, atLeastOnce: true }, () => {
    const w = b.let("w", weights);
    const constants = () => {
      const value = b.let(
        "constants",
        b.load("v128.load", { region: regions.weights, address: w, alignmentBytes: 4 }),
      );
      b.advance(w, 16);
      return value;
    };
    const widened = (region: Region, pointer: Value, move: Value | number) => {
      const value = b.let("wide", b.load("i16x8.load8x8_s", { region, address: pointer }));
      b.advance(pointer, move);
      return value;
    };
    b.goOn(w, { until: weightsEnd, step: 0, atLeastOnce: true }, () => {
      const sums = [constants(), constants()];
      const tap = b.let("tap", x);
      const taps = kernelHeight * kernelWidth;
      const next = (i: number) => {
        const isNewRow = i > 0 && i % kernelWidth === 0;
        if (isNewRow) b.advance(tap, toNextRow[isEven ? 0 : i / kernelWidth - 1]);
        return [widened(regions.input, tap, tapBytes), widened(regions.weights, w, HELIUM_LANES)];
      };
      const sum = (i: number, value: Value) =>
        b.set(sums[i], apply("i32x4.add", [sums[i], b.let("product", value)]));
      for (let i = 0; i < taps;) {
        if (addsPairs && i + 1 < taps) {
          const pair = b.let("pair", apply("i16x8.mul", next(i)));
          const second = b.let("second", apply("i16x8.mul", next(i + 1)));
          b.set(pair, apply("i16x8.add", [pair, second]));
          EXTENDS.forEach((op, parity) => sum(parity, apply(op, [pair])));
          i += 2;
        } else {
          const factors = next(i);
          MULTIPLIES.forEach((op, parity) => sum(parity, apply(op, factors)));
          i++;
        }
      }
      b.advance(x, HELIUM_LANES);
      const columns = Array.from({ length: finish.words - 1 }, () => [constants(), constants()]);
      const results = sums.map((each, i) => (
        finishVector(b, finish, {
          sums: each,
          constantAt: (index) => columns[index - 1][i],
        })
      ));
      const q = b.let("q", apply("i16x8.narrow_pairs_i32x4_s", results));
      b.set(q, apply("i16x8.add_sat_s", [q, apply("i16x8.splat", [zero])]));
      b.set(q, apply("i16x8.max_s", [q, least]));
      b.set(q, apply("i16x8.min_s", [q, most]));
      b.store("i16x8.store8x8", { region: regions.output, address: y }, q);
      b.advance(y, HELIUM_LANES);
    });
    b.advance(x, nextPixel);
  });
  return b.finish("depthwise");
}

const EXTENDS = ["i32x4.extend_even_i16x8_s", "i32x4.extend_odd_i16x8_s"] as const;

const MULTIPLIES = ["i32x4.extmul_even_i16x8_s", "i32x4.extmul_odd_i16x8_s"] as const;
