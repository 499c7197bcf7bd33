import { choose } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { elementType } from "../kernels/scalar/layer_numbers.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import { broadcastIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `condition ? x : y` of elements as they are, with broadcasting. */
export const selectV2: EngineOperator<"SELECT_V2"> = {
  types: ["float32", "int8", "int16"],
  dataInput: 1,
  reference: prepareSelect,
  kernels: [selectElements],
};

function prepareSelect({ inputs, outputs: [output] }: Operation<"SELECT_V2">): ReferenceKernel {
  const [condition, x, y] = inputs;
  expectType("condition", condition, ["bool"]);
  expectSameType([x, y, output], ["float32", "int8", "int16"]);
  const [fromCondition, fromX, fromY] = inputs.map(({ shape }) =>
    broadcastIndices(shape, output.shape)
  );
  return ([truths, xs, ys], [results]) => {
    for (let i = 0; i < results.length; i++) {
      results[i] = truths[fromCondition[i]] !== 0 ? xs[fromX[i]] : ys[fromY[i]];
    }
  };
}

function selectElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SELECT_V2") === null) return null;
  const { dtype } = layer.outputs[0].tensor;
  const { load, store } = elementType(dtype);
  return elementwiseKernel(layer, {
    kernel: `select ${dtype}`,
    operands: 3,
    lanes: 1,
    work: (b, { inputs: [condition, x, y], output }) => {
      const isTrue = b.let("condition", b.load(elementType("bool").load, condition));
      const [left, right] = [x, y].map((place) => b.let("x", b.load(load, place)));
      b.store(store, output, choose(isTrue, left, right));
    },
  });
}
