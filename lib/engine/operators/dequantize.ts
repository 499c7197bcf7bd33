import { apply, constant } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { centredElement } from "../kernels/scalar/elements_scalar.ts";
import { storeFloats } from "../kernels/vectors/float_vectors.ts";
import { LANES, loadCentred } from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectType, QUANTIZED, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** `scale * (q - zeroPoint)`, rounded to float32 once. */
export const dequantize: EngineOperator<"DEQUANTIZE"> = {
  reference: prepareDequantize,
  kernels: [integerToFloat],
  portable: dequantizeElements,
};

function prepareDequantize(
  { inputs: [input], outputs: [output] }: Operation<"DEQUANTIZE">,
): Kernel {
  expectType("input", input, QUANTIZED);
  expectType("output", output, ["float32"]);
  const scale = scaleOf(input);
  const zeroPoint = zeroPointOf(input);
  return elementwise((q) => scale * (q - zeroPoint));
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
