import { apply, constant } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { reduction } from "../kernels/pooling/reduction.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { prepareReduction } from "../reference/reduction.ts";

/** Whether all elements over axes are true. */
export const reduceAll: EngineOperator<"REDUCE_ALL"> = {
  types: ["bool"],
  reference: prepareReduceAll,
  kernels: [allKernel],
};

function prepareReduceAll(operation: Operation<"REDUCE_ALL">): ReferenceKernel {
  expectSameType([operation.inputs[0], operation.outputs[0]], ["bool"]);
  return prepareReduction(operation, {
    first: 1,
    next: (value, x) => value !== 0 && x !== 0 ? 1 : 0,
  });
}

function allKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "REDUCE_ALL") === null) return null;
  return reduction(layer, {
    first: constant(1),
    next: (b, value, x) =>
      apply("i32.and", [value, apply("i32.ne", [b.load("i32.load8_u", x), 0])]),
    store: (b, value, at) => b.store("i32.store8", at, value),
  });
}
