import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, choose, constant } from "../../kernel/values.ts";
import type { Dtype } from "../../model/dtype.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const LOADS = {
  float32: "f32.load",
  bool: "i32.load8_u",
  int8: "i32.load8_s",
  int16: "i32.load16_s",
  int32: "i32.load",
  uint32: "i32.load",
} as const satisfies Partial<Record<Dtype, unknown>>;

const STORES = {
  float32: "f32.store",
  int8: "i32.store8",
  int16: "i32.store16",
  int32: "i32.store",
  uint32: "i32.store",
} as const satisfies Partial<Record<Dtype, unknown>>;

/**
 * The same numbers in another type, whatever the quantization: integers wrap, float32 is cut towards
 * zero. C leaves open what a float32 beyond the type becomes. Here it is what TFLM's kernel gives on
 * x86-64: cut to int32 first (for uint32 to int64), where all that is out of range, and NaN, is the
 * least integer; then it wraps.
 */
export const cast: EngineOperator<"CAST"> = {
  types: Object.keys(LOADS) as Dtype[],
  reference: prepareCast,
  kernels: [castElements],
};

function prepareCast({ inputs: [input], outputs: [output] }: Operation<"CAST">): ReferenceKernel {
  expectType("input", input, Object.keys(LOADS) as Dtype[]);
  expectType("output", output, Object.keys(STORES) as Dtype[]);
  if (input.dtype !== "float32" || output.dtype === "float32") return elementwise((x) => x);
  const end = endOf(output.dtype);
  return elementwise((x) => Math.abs(x) < end ? Math.trunc(x) : -end);
}

/** Where the integers end that a float32 is cut to. */
function endOf(dtype: Dtype): number {
  return dtype === "uint32" ? 2 ** 63 : 2 ** 31;
}

function castElements(layer: Layer): LayerKernel {
  const [from, to] = [layer.inputs[0]!.tensor.dtype, layer.outputs[0].tensor.dtype];
  return elementwiseKernel(layer, {
    kernel: `cast ${from} to ${to}`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      const x = b.let("x", b.load(LOADS[from as keyof typeof LOADS], place));
      b.store(STORES[to as keyof typeof STORES], at, converted(b, x, { from, to }));
    },
  });
}

function converted(
  b: KernelBuilder,
  x: Value,
  { from, to }: { readonly from: Dtype; readonly to: Dtype },
): Value {
  if (to === "float32") {
    if (from === "float32") return x;
    if (from !== "uint32") return apply("f32.convert_i32_s", [x]);
    return apply("f32.convert_i64_s", [apply("i64.extend_i32_u", [x])]);
  }
  if (from !== "float32") return x;
  const end = constant(endOf(to), "f32");
  const isWithin = b.let("is_within", apply("f32.lt", [apply("f32.abs", [x]), end]));
  if (to !== "uint32") {
    return choose(isWithin, apply("i32.trunc_sat_f32_s", [x]), -(2 ** 31));
  }
  // The lower half of -2^63 is 0.
  return choose(isWithin, apply("i32.wrap_i64", [apply("i64.trunc_sat_f32_s", [x])]), 0);
}
