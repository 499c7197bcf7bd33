import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Region, Value } from "../../kernel/kernel.ts";
import { add, apply, constant } from "../../kernel/values.ts";
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import {
  inverseSquareRootCode,
  inverseSquareRootOf,
} from "../kernels/fixed_point/inverse_square_root.ts";
import { refusing } from "../kernels/refusing.ts";
import { multiplied } from "../kernels/requantize/fixed_point_lanes.ts";
import { storeElement } from "../kernels/scalar/elements_scalar.ts";
import { LOADS } from "../kernels/vectors/quantized_vectors.ts";
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
import { inverseSquareRoot } from "../reference/inverse_square_root.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const float = floatUnary((f, x) => f.op("div", f.number(1), f.op("sqrt", x)));

/**
 * `1 / sqrt(x)`: float32 with two roundings; int8 and int16 by `inverseSquareRoot`, not defined below
 * their zero point, where a run is refused.
 */
export const rsqrt: EngineOperator<"RSQRT"> = {
  types: ["float32", "int8", "int16"],
  reference: prepareRsqrt,
  hasVectors: true,
  kernels: [integerRsqrt, ...float.kernels],
  portable: float.portable,
};

function prepareRsqrt({ inputs: [input], outputs: [output] }: Operation<"RSQRT">): ReferenceKernel {
  const dtype = expectSameType([input, output], ["float32", "int8", "int16"]);
  if (dtype === "float32") return elementwise((x) => 1 / Math.fround(Math.sqrt(x)));
  if (dtype === "int16") {
    expectZeroPoint("input", input, 0);
    expectZeroPoint("output", output, 0);
  }
  const compute = rootOf(input, output);
  const zeroPoint = zeroPointOf(input);
  return elementwise((q) => {
    if (q < zeroPoint) throw new EngineError(reasonFor(input));
    return compute(q);
  });
}

function reasonFor({ name }: Tensor): string {
  return `negative number in tensor "${name}"`;
}

/** Bits that the root keeps behind the point. */
const ROOT_BITS = 20;

/** From `2^20 / sqrt(q)` to the output. */
function rootFactor(input: Tensor, output: Tensor) {
  return quantizeMultiplier(2 ** -ROOT_BITS / (Math.sqrt(scaleOf(input)) * scaleOf(output)));
}

function rootOf(input: Tensor, output: Tensor): (q: number) => number {
  const factor = rootFactor(input, output);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = integerRange(output.dtype);
  return (q) => {
    const x = q - zeroIn;
    if (x === 0) return range.max;
    const { multiplier, shift } = inverseSquareRoot(x);
    const root = multiplyByQuantizedMultiplier(1, { multiplier, shift: shift + ROOT_BITS });
    return clamp(multiplyByQuantizedMultiplier(root, factor) + zeroOut, range);
  };
}

/** RSQRT of integers: int8 by a table, int16 in fixed point. */
function integerRsqrt(layer: Layer): LayerKernel | null {
  const { name, inputs: [input], outputs: [output], constants } = layer;
  const [from, to] = [input!.tensor, output.tensor];
  if (from.dtype !== "int8" && from.dtype !== "int16") return null;
  const { dtype } = from;
  const zeroPoint = zeroPointOf(from);
  const { unless, refusal } = refusing(layer, { reason: reasonFor(from), error: "EngineError" });
  const table = dtype === "int8" ? constants.place(`${name}_table`, tableOf(from, to)) : null;
  const kernel = elementwiseKernel(layer, {
    kernel: `rsqrt ${dtype}${table === null ? "" : " table"}`,
    operands: 1,
    lanes: 1,
    code: table === null ? inverseSquareRootCode : [],
    work: (b, { inputs: [place], output: at }) => {
      const x = b.let("x", b.load(LOADS[dtype], place));
      unless(b, apply("i32.lt_s", [x, zeroPoint]));
      if (table !== null) return b.store("i32.store8", at, lookUp(b, table, x));
      const value = computeRoot(b, x, rootFactor(from, to));
      const range = integerRange(dtype);
      b.if(
        apply("i32.eqz", [x]),
        () => b.store("i32.store16", at, constant(range.max)),
        () => storeElement(b, { value, at, tensor: to, range }),
      );
    },
  });
  return { ...kernel, refusal };
}

/** The results of all 256 bytes; those that have none count as 0. */
function tableOf(input: Tensor, output: Tensor): Uint8Array {
  const compute = rootOf(input, output);
  const least = zeroPointOf(input);
  const results = Int8Array.from({ length: 256 }, (_, byte) => (
    compute(Math.max(least, (byte << 24) >> 24))
  ));
  return new Uint8Array(results.buffer);
}

function lookUp(b: KernelBuilder, region: Region, x: Value): Value {
  const address = apply("i32.and", [x, 255]);
  return b.load("i32.load8_u", { region, address, isIndex: true });
}

function computeRoot(
  b: KernelBuilder,
  x: Value,
  factor: ReturnType<typeof rootFactor>,
): Value {
  const { multiplier, shift } = inverseSquareRootOf(b, x);
  const root = multiplied(1, multiplier, add(shift, ROOT_BITS));
  return b.let("value", multiplied(root, factor.multiplier, factor.shift));
}
