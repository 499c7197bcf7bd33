import type { Value } from "../../kernel/kernel.ts";
import { add, apply, constant, max, min, sub } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { rangeOf, zeroPointOf } from "../reference/expect.ts";
import { meanFactor } from "../reference/mean.ts";
import { prepareConstantRescale } from "./constant_rescale.ts";
import { meanLoops, type MeanShape, type Sum } from "./mean_loops.ts";
import { multiplied, multiplyCode } from "./multiply_by_quantized_multiplier.ts";
import { largestCentred } from "./quantized_addition.ts";
import { loadInt16, storeQuantized, widen } from "./quantized_vectors.ts";
import { LOADS, STORES } from "./requantize.ts";

/** Terms of 8 bits whose sum fits 16 bits. */
const NARROW_TERMS = 128;

/** MEAN of int8, uint8 and int16: sums in 32 bits, then one multiplication. */
export function quantizedMean(layer: Layer): LayerKernel | null {
  const { inputs: [input], outputs: [output], constants } = layer;
  const [from, to] = [input!.tensor, output.tensor];
  if (from.dtype === "float32") return null;
  const zeroPoint = zeroPointOf(to);
  const range = rangeOf(to.dtype);

  function inVectors({ terms }: MeanShape) {
    const rescale = prepareConstantRescale(constants, {
      factor: meanFactor({ input: from, output: to }, terms),
      bound: terms * largestCentred(from),
    });
    const start = constants.splat32(-zeroPointOf(from) * terms | 0);
    const isNarrow = from.dtype !== "int16" && terms <= NARROW_TERMS;
    const emit = ({ b, output: at, count, each }: Sum) => {
      const parts = Math.ceil(count / (isNarrow ? 8 : 4));
      const sums = Array.from({ length: parts }, () => b.let("sum", constants.splat32(0)));
      each((x) => {
        const terms = loadInt16(b, from, { at: x, count });
        (isNarrow ? terms : widen(terms, count)).forEach((term, part) => {
          const op = isNarrow ? "i16x8.add" : "i32x4.add";
          b.set(sums[part], apply(op, [sums[part], term]));
        });
      });
      const values = (isNarrow ? widen(sums, count) : sums).map((sum) =>
        rescale.apply(b, b.let("total", apply("i32x4.add", [sum, start])))
      );
      storeQuantized(b, constants, { values, at, count, tensor: to, zeroPoint, range });
    };
    return { code: rescale.code, emit };
  }

  function oneByOne({ terms }: MeanShape) {
    const { multiplier, shift } = meanFactor({ input: from, output: to }, terms);
    const emit = ({ b, output: at, each }: Sum) => {
      const sum: Value = b.let("sum", constant(-zeroPointOf(from) * terms | 0));
      each((x) => b.advance(sum, b.load(LOADS[from.dtype as keyof typeof LOADS], x)));
      const scaled = b.let("scaled", multiplied(sum, multiplier, shift));
      b.set(scaled, max(scaled, sub(range.min, zeroPoint)));
      b.set(scaled, min(scaled, sub(range.max, zeroPoint)));
      b.store(STORES[to.dtype as keyof typeof STORES], at, add(scaled, zeroPoint));
    };
    return { code: [multiplyCode], emit };
  }

  return meanLoops(layer, (shape) => shape.lanes > 1 ? inVectors(shape) : oneByOne(shape));
}
