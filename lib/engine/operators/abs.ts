import { apply, choose, constant, sub } from "../../kernel/values.ts";
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { clampInteger } from "../kernels/scalar/sum_arithmetic.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { clamp } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import {
  expectSameType,
  expectZeroPoint,
  integerRange,
  scaleOf,
  zeroPointOf,
} from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const float = floatUnary((f, x) => f.op("abs", x));

/** `|x|` of float32, int8, int16 with quantization, and int16 as it is. */
export const abs: EngineOperator<"ABS"> = {
  types: ["float32", "int8", "int16"],
  reference: prepareAbs,
  hasVectors: true,
  kernels: [byteFunction(prepareAbs), absInt16, ...float.kernels],
  portable: (layer) => byteFunctionElements(prepareAbs)(layer) ?? float.portable(layer),
};

function prepareAbs({ inputs: [input], outputs: [output] }: Operation<"ABS">): ReferenceKernel {
  const dtype = expectSameType([input, output], ["float32", "int8", "int16"]);
  if (dtype === "float32") return elementwise(Math.abs);
  // The array wraps -(-32768), as the conversion to int16 does.
  if (isPlain(input)) return elementwise(Math.abs);
  if (dtype === "int16") {
    expectZeroPoint("input", input, 0);
    expectZeroPoint("output", output, 0);
  }
  const factor = absFactor(input, output);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = integerRange(dtype);
  return elementwise((q) => {
    const size = Math.abs(q - zeroIn);
    const scaled = factor === null ? size : multiplyByQuantizedMultiplier(size, factor);
    return clamp(scaled + zeroOut, range);
  });
}

/** int16 that no quantization says anything of. */
function isPlain({ dtype, quantization }: Tensor): boolean {
  return dtype === "int16" && (quantization === null || quantization.scales.length === 0);
}

/** From the input's scale to the output's; null if they are the same. */
function absFactor(input: Tensor, output: Tensor) {
  const [from, to] = [scaleOf(input), scaleOf(output)];
  return from === to ? null : quantizeMultiplier(from / to);
}

/** ABS of int16, element by element. */
function absInt16(layer: Layer): LayerKernel | null {
  const [from, to] = [layer.inputs[0]!.tensor, layer.outputs[0].tensor];
  if (from.dtype !== "int16") return null;
  const factor = isPlain(from) ? null : absFactor(from, to);
  const most = constant(integerRange("int16").max);
  return elementwiseKernel(layer, {
    kernel: "abs int16",
    operands: 1,
    lanes: 1,
    code: factor === null ? [] : [multiplyCode],
    work: (b, { inputs: [place], output: at }) => {
      const x = b.let("x", b.load("i32.load16_s", place));
      const size = b.let("size", choose(apply("i32.lt_s", [x, 0]), sub(0, x), x));
      if (isPlain(from)) return b.store("i32.store16", at, size);
      const scaled = factor === null ? size : multiplied(size, factor.multiplier, factor.shift);
      b.store("i32.store16", at, clampInteger(b, scaled, { least: constant(-32768), most }));
    },
  });
}
