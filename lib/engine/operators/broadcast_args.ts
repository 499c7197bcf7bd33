import type { Value } from "../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, apply, choose, mul } from "../../kernel/values.ts";
import { elements } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { type Layer, type LayerKernel, operatorOf, type PlacedTensor } from "../layer.ts";
import { expectSameType } from "../reference/expect.ts";
import { integers } from "../reference/indices.ts";
import type { NumberArray, Operation, ReferenceKernel } from "../reference/prepare.ts";
import { refuse } from "../refusal.ts";

/** The common shape of two shapes, aligned at their ends, in which an extent of 1 stretches. */
export const broadcastArgs: EngineOperator<"BROADCAST_ARGS"> = {
  types: ["int32", "int64"],
  reference: prepareBroadcastArgs,
  kernels: [broadcastArgsKernel],
};

const REASON = "shapes that do not broadcast";

function prepareBroadcastArgs(
  { inputs, outputs: [output] }: Operation<"BROADCAST_ARGS">,
): ReferenceKernel {
  const dtype = expectSameType([...inputs, output], ["int32", "int64"]);
  const count = elements(output.shape);
  return (shapes, [y]) => {
    const aligned = shapes.map((shape) => {
      const extents = integers(shape);
      return [...new Array<number>(count - extents.length).fill(1), ...extents];
    });
    const [a, b] = aligned;
    const result = a.map((left, i) => {
      if (left !== 1 && b[i] !== 1 && left !== b[i]) throw new EngineError(REASON);
      return left === 1 ? b[i] : left;
    });
    y.set(dtype === "int64" ? result.map(BigInt) as unknown as NumberArray : result);
  };
}

/** BROADCAST_ARGS: what the longer shape has more, then what both have. */
function broadcastArgsKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "BROADCAST_ARGS") === null) return null;
  const { name, inputs, outputs: [output] } = layer;
  const operands = inputs.map((input) => input!);
  const { dtype } = output.tensor;
  const elementBytes = dtype === "int64" ? 8 : 4;
  const counts = operands.map(({ tensor }) => elements(tensor.shape));
  const longer = operands[counts[0] >= counts[1] ? 0 : 1];
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  const b = new KernelBuilder();
  b.parameter("thread");
  const place = ({ region, tensor }: PlacedTensor, index: Value) => {
    const missing = most - elements(tensor.shape);
    return {
      region,
      address: add(start(region, -missing * elementBytes), mul(index, elementBytes)),
    };
  };
  const store = (index: Value, extent: Value) => {
    const at = place(output, index);
    if (dtype === "int32") return b.store("i32.store", at, extent);
    b.store("i64.store", at, apply("i64.extend_i32_s", [extent]));
  };
  b.for("index", { until: most - least }, (index) => {
    store(index, b.load("i32.load", place(longer, index)));
  });
  b.for("index", { from: most - least, until: most }, (index) => {
    const [left, right] = operands.map((operand) => (
      b.let("extent", b.load("i32.load", place(operand, index)))
    ));
    const isOne = apply("i32.eq", [left, 1]);
    const differs = apply("i32.and", [
      apply("i32.ne", [right, 1]),
      apply("i32.ne", [left, right]),
    ]);
    b.if(apply("i32.and", [apply("i32.ne", [left, 1]), differs]), () => refuse(b, layer));
    store(index, choose(isOne, right, left));
  });
  return {
    kernel: `broadcast_args ${dtype}`,
    remarks: [],
    code: [b.finish(name)],
    isParallel: false,
    refusal: { reason: REASON, error: "EngineError" },
  };
}
