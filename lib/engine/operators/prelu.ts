import { apply, choose, constant, mul } from "../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { prepareConstantRescale } from "../kernels/requantize/constant_rescale.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { centredElement, isFloatTensor, storeElement } from "../kernels/scalar/elements_scalar.ts";
import { loadFloats, storeFloats } from "../kernels/vectors/float_vectors.ts";
import {
  LANES,
  largestCentred,
  loadCentred,
  storeQuantized,
} from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { clamp } from "../reference/clamp.ts";
import { elementwiseOfTwo } from "../reference/elementwise.ts";
import {
  expectSameType,
  expectType,
  integerRange,
  scaleOf,
  zeroPointOf,
} from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `x < 0 ? x * slope : x`, with broadcasting and requantized. */
export const prelu: EngineOperator<"PRELU"> = {
  types: ["float32", "int8", "int16"],
  reference: preparePrelu,
  hasVectors: true,
  kernels: [quantizedPrelu, floatPrelu],
  portable: preluElements,
};

function preparePrelu(operation: Operation<"PRELU">): ReferenceKernel {
  const { inputs: [input, slope], outputs: [output] } = operation;
  const dtype = expectSameType([input, output], ["float32", "int8", "int16"]);
  expectType("slope", slope, [dtype === "float32" ? "float32" : "int8"]);
  if (dtype === "float32") {
    return elementwiseOfTwo(operation, (x, s) => x >= 0 ? x : Math.fround(x * s));
  }
  const { factor, slopeFactor } = preluFactors([input, slope, output]);
  const [zeroIn, zeroSlope, zeroOut] = [input, slope, output].map(zeroPointOf);
  const range = integerRange(dtype);
  return elementwiseOfTwo(operation, (x, s) => {
    const value = x - zeroIn;
    const scaled = value >= 0
      ? multiplyByQuantizedMultiplier(value, factor)
      : multiplyByQuantizedMultiplier(value * (s - zeroSlope), slopeFactor);
    return clamp(zeroOut + scaled, range);
  });
}

/** The factors of what is not negative, and of products with slopes. */
function preluFactors([input, slope, output]: readonly Tensor[]): {
  readonly factor: QuantizedMultiplier;
  readonly slopeFactor: QuantizedMultiplier;
} {
  return {
    factor: quantizeMultiplier(scaleOf(input) / scaleOf(output)),
    slopeFactor: quantizeMultiplier(scaleOf(input) * scaleOf(slope) / scaleOf(output)),
  };
}

/** PRELU of int8 and int16: both results are worked out, and one is taken. */
function quantizedPrelu(layer: Layer): LayerKernel | null {
  const { inputs, outputs: [{ tensor }], constants } = layer;
  if (operatorOf(layer, "PRELU") === null || isFloatTensor(tensor)) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const { factor, slopeFactor } = preluFactors([...tensors, tensor]);
  const [most, steepest] = tensors.map(largestCentred);
  const plain = prepareConstantRescale(constants, { factor, bound: most });
  const sloped = prepareConstantRescale(constants, {
    factor: slopeFactor,
    bound: most * steepest,
  });
  return elementwiseKernel(layer, {
    kernel: `prelu ${tensor.dtype}`,
    operands: 2,
    lanes: LANES,
    code: [...plain.code, ...sloped.code],
    work: (b, { inputs: places, output: at, count }) => {
      const [xs, slopes] = places.map((place, i) =>
        loadCentred(b, constants, { tensor: tensors[i], at: place, count })
          .map((x) => b.let("x", x))
      );
      const values = xs.map((x, part) => {
        const product = b.let("product", apply("i32x4.mul", [x, slopes[part]]));
        const isPlain = apply("i32x4.ge_s", [x, constants.splat32(0)]);
        return apply("v128.bitselect", [plain.apply(b, x), sloped.apply(b, product), isPlain]);
      });
      const [zeroPoint, range] = [zeroPointOf(tensor), integerRange(tensor.dtype)];
      storeQuantized(b, constants, { values, at, count, tensor, zeroPoint, range });
    },
  });
}

function floatPrelu(layer: Layer): LayerKernel | null {
  const { outputs: [{ tensor }], constants } = layer;
  if (operatorOf(layer, "PRELU") === null || !isFloatTensor(tensor)) return null;
  return elementwiseKernel(layer, {
    kernel: "prelu float32",
    operands: 2,
    lanes: LANES,
    work: (b, { inputs, output: at, count }) => {
      const [xs, slopes] = inputs.map((place) => loadFloats(b, place, count));
      const values = xs.map((x, part) => {
        const isPlain = apply("f32x4.ge", [x, constants.splatF32(0)]);
        return apply("v128.bitselect", [x, apply("f32x4.mul", [x, slopes[part]]), isPlain]);
      });
      storeFloats(b, { values, at, count });
    },
  });
}

/** PRELU of all types, element by element. */
function preluElements(layer: Layer): LayerKernel | null {
  const { inputs, outputs: [{ tensor }] } = layer;
  if (operatorOf(layer, "PRELU") === null) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const isReal = isFloatTensor(tensor);
  const factors = isReal ? null : preluFactors([...tensors, tensor]);
  return elementwiseKernel(layer, {
    kernel: `prelu ${tensor.dtype} scalar`,
    operands: 2,
    lanes: 1,
    code: isReal ? [] : [multiplyCode],
    work: (b, { inputs: places, output: at }) => {
      if (factors === null) {
        const [x, slope] = places.map((place) => b.let("x", b.load("f32.load", place)));
        const isPlain = apply("f32.ge", [x, constant(0, "f32")]);
        b.store("f32.store", at, choose(isPlain, x, apply("f32.mul", [x, slope])));
        return;
      }
      const [x, slope] = places.map((place, i) => b.let("x", centredElement(b, tensors[i], place)));
      const isPlain = b.let("is_plain", apply("i32.ge_s", [x, 0]));
      const { factor, slopeFactor } = factors;
      const value = multiplied(
        choose(isPlain, x, mul(x, slope)),
        choose(isPlain, constant(factor.multiplier), constant(slopeFactor.multiplier)),
        choose(isPlain, constant(factor.shift), constant(slopeFactor.shift)),
      );
      storeElement(b, { value, at, tensor, range: integerRange(tensor.dtype) });
    },
  });
}
