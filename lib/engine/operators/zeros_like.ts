import { constant } from "../../kernel/values.ts";
import type { Dtype } from "../../model/dtype.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

const STORES = {
  float32: { store: "f32.store", type: "f32" },
  int8: { store: "i32.store8", type: "i32" },
  int32: { store: "i32.store", type: "i32" },
  int64: { store: "i64.store", type: "i64" },
} as const satisfies Partial<Record<Dtype, unknown>>;

/** Zeros, whatever the zero point; the input gives nothing but its shape and type. */
export const zerosLike: EngineOperator<"ZEROS_LIKE"> = {
  types: Object.keys(STORES) as Dtype[],
  reference: prepareZerosLike,
  kernels: [zeros],
};

function prepareZerosLike(
  { inputs: [input], outputs: [output] }: Operation<"ZEROS_LIKE">,
): ReferenceKernel {
  const dtype = expectSameType([input, output], Object.keys(STORES) as Dtype[]);
  const zero = dtype === "int64" ? 0n : 0;
  return (_, [y]) => void y.fill(zero as number);
}

function zeros(layer: Layer): LayerKernel {
  const { dtype } = layer.outputs[0].tensor;
  const { store, type } = STORES[dtype as keyof typeof STORES];
  return elementwiseKernel(layer, {
    kernel: `zeros_like ${dtype}`,
    operands: 1,
    lanes: 1,
    work: (b, { output: at }) => b.store(store, at, constant(type === "i64" ? 0n : 0, type)),
  });
}
