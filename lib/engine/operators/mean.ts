import type { Value } from "../../kernel/kernel.ts";
import { add, apply, constant, max, min, sub } from "../../kernel/values.ts";
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { globalPool } from "../kernels/pooling/global_pool.ts";
import { meanAtRunTime } from "../kernels/pooling/mean_at_run_time.ts";
import { meanLoops, type MeanShape, type Sum } from "../kernels/pooling/mean_loops.ts";
import { prepareConstantRescale } from "../kernels/requantize/constant_rescale.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { globalPoolScalar } from "../kernels/scalar/global_pool_scalar.ts";
import { loadFloats, storeFloats } from "../kernels/vectors/float_vectors.ts";
import {
  largestCentred,
  loadInt16,
  LOADS,
  storeQuantized,
  STORES,
  widen,
} from "../kernels/vectors/quantized_vectors.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { clamp } from "../reference/clamp.ts";
import {
  ACTIVATIONS,
  expectSameType,
  integerRange,
  scaleOf,
  zeroPointOf,
} from "../reference/expect.ts";
import { divideFactor, meanFactor } from "../reference/factors.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { isEmpty, prepareReduction } from "../reference/reduction.ts";

/** Mean over axes; quantized: `(sum - n zx) sx / (n sy) + zy`, in one multiplication. */
export const mean: EngineOperator<"MEAN"> = {
  types: ACTIVATIONS,
  reference: prepareMean,
  hasVectors: true,
  kernels: [meanAtRunTime, globalPool, quantizedMean, floatMean],
  portable: globalPoolScalar,
};

function prepareMean(operation: Operation<"MEAN">): ReferenceKernel {
  const { inputs: [input], outputs: [output] } = operation;
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") {
    return prepareReduction(operation, {
      first: 0,
      next: (sum, x) => Math.fround(sum + x),
      finish: (sum, terms) => isEmpty(input) ? 0 : sum / terms,
    });
  }
  const factor = quantizeMultiplier(scaleOf(input) / scaleOf(output));
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = integerRange(dtype);
  return prepareReduction(operation, {
    first: 0,
    next: (sum, x) => sum + x,
    finish: (sum, terms) => {
      if (isEmpty(input)) return 0;
      const centred = (sum - zeroIn * terms) | 0;
      const scaled = multiplyByQuantizedMultiplier(centred, divideFactor(factor, terms));
      return clamp(zeroOut + scaled, range);
    },
  });
}

/** Terms of 8 bits whose sum fits 16 bits. */
const NARROW_TERMS = 128;

/** MEAN of int8, uint8 and int16: sums in 32 bits, then one multiplication. */
function quantizedMean(layer: Layer): LayerKernel | null {
  const { inputs: [input], outputs: [output], constants } = layer;
  const [from, to] = [input!.tensor, output.tensor];
  if (from.dtype === "float32") return null;
  const zeroPoint = zeroPointOf(to);
  const range = integerRange(to.dtype);

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

/** MEAN of float32: terms are added in the order of the input's elements. */
function floatMean(layer: Layer): LayerKernel | null {
  const { inputs: [input], constants } = layer;
  if (input!.tensor.dtype !== "float32") return null;
  return meanLoops(layer, ({ terms, lanes }) => ({
    code: [],
    emit: ({ b, output: at, count, each }) => {
      if (lanes === 1) {
        const sum = b.let("sum", constant(0, "f32"));
        each((x) => b.set(sum, apply("f32.add", [sum, b.load("f32.load", x)])));
        return b.store("f32.store", at, apply("f32.div", [sum, constant(terms, "f32")]));
      }
      const parts = Math.ceil(count / 4);
      const sums = Array.from({ length: parts }, () => b.let("sum", constants.splatF32(0)));
      each((x) => {
        loadFloats(b, x, count).forEach((term, part) => {
          b.set(sums[part], apply("f32x4.add", [sums[part], term]));
        });
      });
      const divisor = constants.splatF32(terms);
      const values = sums.map((sum) => apply("f32x4.div", [sum, divisor]));
      storeFloats(b, { values, at, count });
    },
  }));
}
