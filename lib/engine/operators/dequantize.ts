import { apply, constant } from "../../kernel/values.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { centredElement } from "../kernels/scalar/elements_scalar.ts";
import { storeFloats } from "../kernels/vectors/float_vectors.ts";
import { LANES, loadCentred } from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectType, QUANTIZED, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `scale * (q - zeroPoint)`, rounded to float32 once. */
export const dequantize: EngineOperator<"DEQUANTIZE"> = {
  types: [...QUANTIZED, "float16", "int4"],
  reference: prepareDequantize,
  hasVectors: true,
  kernels: [integerToFloat],
  portable: dequantizeElements,
};

function prepareDequantize(
  { inputs: [input], outputs: [output] }: Operation<"DEQUANTIZE">,
): ReferenceKernel {
  expectType("output", output, ["float32"]);
  if (input.data !== null) return dequantizeConstant(input);
  if (input.dtype === "float16") {
    throw new EngineError("float16 that is computed, needed float16 constants");
  }
  expectType("input", input, QUANTIZED);
  const scale = scaleOf(input);
  const zeroPoint = zeroPointOf(input);
  return elementwise((q) => scale * (q - zeroPoint));
}

/** Weights that are stored smaller than they are used: float16 as it is, integers also by channels. */
function dequantizeConstant(input: Tensor): ReferenceKernel {
  if (input.dtype === "float16") return elementwise((x) => x);
  expectType("input", input, [...QUANTIZED, "int4"]);
  const { scales, zeroPoints, axis } = input.quantization ??
    { scales: [], zeroPoints: [], axis: 0 };
  if (scales.length === 0) throw new EngineError(`constant "${input.name}" without a scale`);
  const inner = elements(input.shape.slice(axis + 1));
  return ([x], [y]) => {
    for (let i = 0; i < y.length; i++) {
      const channel = Math.floor(i / inner) % scales.length;
      y[i] = Math.fround(scales[channel]) * (x[i] - zeroPoints[channel]);
    }
  };
}

/** DEQUANTIZE: `scale * (q - zeroPoint)`; the difference is exact in float32. */
function integerToFloat(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "DEQUANTIZE") === null) return null;
  const { inputs: [input], constants } = layer;
  const { tensor } = input!;
  const scale = constants.splatF32(scaleOf(tensor));
  return elementwiseKernel(layer, {
    kernel: `dequantize ${tensor.dtype}`,
    operands: 1,
    lanes: LANES,
    work: (b, { inputs: [place], output: at, count }) => {
      const values = loadCentred(b, constants, { tensor, at: place, count })
        .map((q) => apply("f32x4.mul", [apply("f32x4.convert_i32x4_s", [q]), scale]));
      storeFloats(b, { values, at, count });
    },
  });
}

/** DEQUANTIZE: `scale * (q - zero point)`. */
function dequantizeElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "DEQUANTIZE") === null) return null;
  const { tensor } = layer.inputs[0]!;
  return elementwiseKernel(layer, {
    kernel: `dequantize ${tensor.dtype} scalar`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      const x = apply("f32.convert_i32_s", [centredElement(b, tensor, place)]);
      b.store("f32.store", at, apply("f32.mul", [x, constant(scaleOf(tensor), "f32")]));
    },
  });
}
