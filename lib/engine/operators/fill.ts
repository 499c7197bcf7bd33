import { constantValues } from "../../model/constant.ts";
import { elements } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** One value everywhere. */
export const fill: EngineOperator<"FILL"> = {
  types: ["float32", "int8", "int32"],
  dataInput: 1,
  reference: prepareFill,
  hasVectors: true,
  kernels: [fillKernel],
};

function prepareFill(
  { inputs: [shape, value], outputs: [output] }: Operation<"FILL">,
): ReferenceKernel {
  expectSameType([value, output], ["float32", "int8", "int32"]);
  expectType("shape", shape, ["int8", "int16", "int32", "int64"]);
  if (shape.data === null) throw new EngineError("shape computed at run time, needed constant");
  const extents = Array.from(constantValues(shape) as ArrayLike<number | bigint>, Number);
  if (extents.join() !== output.shape.join()) {
    throw new EngineError(`shape [${extents}] for an output of shape [${output.shape}]`);
  }
  return ([, [x]], [y]) => void y.fill(x);
}

/** FILL: a box that is read without steps. */
function fillKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "FILL") === null) return null;
  const { inputs: [, value], outputs: [output] } = layer;
  return moveBoxes(layer, [{
    extents: [elements(output.tensor.shape)],
    from: { region: value!.region, first: 0, steps: [0] },
    to: { region: output.region, first: 0, steps: [1] },
  }]);
}
