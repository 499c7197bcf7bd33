import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, choose, constant, sub } from "../../kernel/values.ts";
import type { Dtype } from "../../model/dtype.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import type { Elements } from "../kernels/elementwise/element_loops.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { prepareConstantRescale } from "../kernels/requantize/constant_rescale.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import type { Tensor } from "../../model/tensor.ts";
import { centredElement, isFloatTensor, storeElement } from "../kernels/scalar/elements_scalar.ts";
import { loadFloats } from "../kernels/vectors/float_vectors.ts";
import {
  LANES,
  largestCentred,
  loadCentred,
  LOADS,
  storeQuantized,
  STORES,
} from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf, runsHere } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { clamp, roundAway } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectType, integerRange, QUANTIZED, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const INTEGERS: readonly Dtype[] = [...QUANTIZED, "int32"];

/** `round(x / scale) + zeroPoint` of real numbers; integers go from one quantization to another. */
export const quantize: EngineOperator<"QUANTIZE"> = {
  types: ["float32", ...INTEGERS],
  reference: prepareQuantize,
  hasVectors: true,
  kernels: [floatToInteger, requantize, requantizeInt32],
  portable: quantizeElements,
};

/** What is said of NaN, which no integer stands for. */
function reasonFor({ name }: Tensor): string {
  return `QUANTIZE of NaN in tensor "${name}"`;
}

function prepareQuantize(
  { inputs: [input], outputs: [output] }: Operation<"QUANTIZE">,
): ReferenceKernel {
  expectType("input", input, ["float32", ...INTEGERS]);
  expectType("output", output, input.dtype === "float32" ? QUANTIZED : INTEGERS);
  const range = integerRange(output.dtype);
  const scale = scaleOf(output);
  if (scale === 0) throw new EngineError(`output "${output.name}" of scale 0, needed above 0`);
  const zeroOut = zeroPointOf(output);
  if (input.dtype === "float32") {
    return elementwise((x) => {
      if (Number.isNaN(x)) throw new RangeError(reasonFor(input));
      return clamp(roundAway(Math.fround(x / scale)) + zeroOut, range);
    });
  }
  const factor = quantizeMultiplier(scaleOf(input) / scale);
  const zeroIn = zeroPointOf(input);
  return elementwise((x) =>
    clamp(multiplyByQuantizedMultiplier((x - zeroIn) | 0, factor) + zeroOut, range)
  );
}

/** The largest float32 below a half. */
const BELOW_HALF = 0.5 - 2 ** -25;

/**
 * QUANTIZE of float32: the quotient rounded to float32, then halves away from zero. Truncating after
 * adding what is just below a half, with the sign of the quotient, rounds so for every float32.
 * NaN is refused.
 */
function floatToInteger(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const { inputs: [input], outputs: [output], constants, target } = layer;
  if (input!.tensor.dtype !== "float32") return null;
  const { tensor } = output;
  const scale = constants.splatF32(scaleOf(tensor));
  const rounded = (quotient: Value) => {
    const sign = apply("v128.and", [quotient, constants.splat32(-(2 ** 31))]);
    const nudge = apply("v128.or", [sign, constants.splatF32(BELOW_HALF)]);
    return apply("i32x4.trunc_sat_f32x4_s", [apply("f32x4.add", [quotient, nudge])]);
  };
  const kernel = elementwiseKernel(layer, {
    kernel: `quantize float32 to ${tensor.dtype}`,
    operands: 1,
    lanes: LANES,
    work: (b, { inputs: [place], output: at, count }) => {
      const quotients = loadFloats(b, place, count)
        .map((x) => b.let("quotient", apply("f32x4.div", [x, scale])));
      const unordered = quotients.map((q) => apply("f32x4.ne", [q, q]));
      const isNan = unordered.reduce((all, each) => apply("v128.or", [all, each]));
      if (runsHere({ target })) {
        b.if(apply("v128.any_true", [isNan]), () => {
          refuse(b, layer);
        });
      }
      storeQuantized(b, constants, {
        values: quotients.map((q) => b.let("q", rounded(q))),
        at,
        count,
        tensor,
        zeroPoint: zeroPointOf(tensor),
        range: integerRange(tensor.dtype),
      });
    },
  });
  if (!runsHere({ target })) return kernel;
  const reason = reasonFor(input!.tensor);
  return { ...kernel, refusal: { reason, error: "RangeError" } };
}

/** QUANTIZE of integers of 8 and 16 bits; see `floatToInteger` for that of float32, of which NaN gives 0. */
function quantizeElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const [from, to] = [layer.inputs[0]!.tensor, layer.outputs[0].tensor];
  if (from.dtype === "int32" || to.dtype === "int32") return null;
  const isReal = isFloatTensor(from);
  const { multiplier, shift } = isReal
    ? { multiplier: 0, shift: 0 }
    : quantizeMultiplier(scaleOf(from) / scaleOf(to));
  const rounded = (b: KernelBuilder, place: Elements) => {
    const x = b.load("f32.load", place);
    const quotient = b.let("quotient", apply("f32.div", [x, constant(scaleOf(to), "f32")]));
    const nudge = apply("f32.copysign", [constant(0.5 - 2 ** -25, "f32"), quotient]);
    return apply("i32.trunc_sat_f32_s", [apply("f32.add", [quotient, nudge])]);
  };
  return elementwiseKernel(layer, {
    kernel: `quantize ${from.dtype} to ${to.dtype} scalar`,
    operands: 1,
    lanes: 1,
    code: isReal ? [] : [multiplyCode],
    work: (b, { inputs: [place], output: at }) => {
      const value = isReal
        ? rounded(b, place)
        : multiplied(centredElement(b, from, place), multiplier, shift);
      storeElement(b, { value, at, tensor: to, range: integerRange(to.dtype) });
    },
  });
}

/** QUANTIZE of integers of 8 and 16 bits: from one quantization to another. */
function requantize(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const { inputs: [input], outputs: [output], constants } = layer;
  const [from, to] = [input!.tensor, output.tensor];
  if (from.dtype === "float32" || from.dtype === "int32" || to.dtype === "int32") return null;
  const rescale = prepareConstantRescale(constants, {
    factor: quantizeMultiplier(scaleOf(from) / scaleOf(to)),
    bound: largestCentred(from),
  });
  return elementwiseKernel(layer, {
    kernel: `requantize ${from.dtype} to ${to.dtype}`,
    operands: 1,
    lanes: LANES,
    code: rescale.code,
    work: (b, { inputs: [place], output: at, count }) => {
      const values = loadCentred(b, constants, { tensor: from, at: place, count })
        .map((x) => rescale.apply(b, x));
      const [zeroPoint, range] = [zeroPointOf(to), integerRange(to.dtype)];
      storeQuantized(b, constants, { values, at, count, tensor: to, zeroPoint, range });
    },
  });
}

/** QUANTIZE from or to int32, element by element. */
function requantizeInt32(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const [from, to] = [layer.inputs[0]!.tensor, layer.outputs[0].tensor];
  if (from.dtype === "float32") return null;
  const factor = quantizeMultiplier(scaleOf(from) / scaleOf(to));
  return elementwiseKernel(layer, {
    kernel: `requantize ${from.dtype} to ${to.dtype}`,
    operands: 1,
    lanes: 1,
    code: [multiplyCode],
    work: (b, { inputs: [place], output: at }) => {
      const x = sub(b.load(LOADS[from.dtype as keyof typeof LOADS], place), zeroPointOf(from));
      const q = scaled(b, { x, factor, zeroPoint: zeroPointOf(to), range: integerRange(to.dtype) });
      b.store(STORES[to.dtype as keyof typeof STORES], at, q);
    },
  });
}

/** The factor applied and the zero point added in 64 bits, where an int32 may overflow. */
function scaled(
  b: KernelBuilder,
  { x, factor: { multiplier, shift }, zeroPoint, range: { min, max } }: {
    readonly x: Value;
    readonly factor: QuantizedMultiplier;
    readonly zeroPoint: number;
    readonly range: { readonly min: number; readonly max: number };
  },
): Value {
  const wide = apply("i64.extend_i32_s", [multiplied(x, multiplier, shift)]);
  const q = b.let("q", apply("i64.add", [wide, constant(zeroPoint, "i64")]));
  const [low, high] = [constant(min, "i64"), constant(max, "i64")];
  b.set(q, choose(apply("i64.lt_s", [q, low]), low, q));
  return apply("i32.wrap_i64", [choose(apply("i64.gt_s", [q, high]), high, q)]);
}
