import { apply } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { additionFactors, ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { isQuantized, zeroPointOf } from "../../reference/expect.ts";
import { prepareConstantRescale } from "../requantize/constant_rescale.ts";
import {
  LANES,
  largestCentred,
  loadCentred,
  storeQuantized,
} from "../vectors/quantized_vectors.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

/** ADD and SUB of int8, uint8 and int16: see `prepareAddition` for the arithmetic. */
export function quantizedAddition(layer: Layer): LayerKernel | null {
  const { operator, inputs, outputs: [output], constants } = layer;
  if (operator.op !== "ADD" && operator.op !== "SUB" || !isQuantized(output.tensor)) return null;
  const { sign, round } = ADDITIONS[operator.op];
  const tensors = inputs.map((input) => input!.tensor);
  const { leftShift, factorA, factorB, factor } = additionFactors(
    [...tensors, output.tensor],
    round,
  );
  const bounds = tensors.map((tensor) => largestCentred(tensor));
  const operands = [factorA, factorB].map((each, i) =>
    prepareConstantRescale(constants, { factor: each, bound: bounds[i], preShift: leftShift })
  );
  // Shifting left wraps; the factors of operands are at most a half.
  const halves = bounds.map((bound) => Math.min(bound * 2 ** leftShift, 2 ** 31) / 2);
  const bound = halves[0] + halves[1] + 2;
  const sum = prepareConstantRescale(constants, { factor, bound });
  const range = outputRange(operator.attributes.activation, output.tensor);
  const combine = sign === 1 ? "i32x4.add" : "i32x4.sub";
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} ${output.tensor.dtype}`,
    operands: 2,
    lanes: LANES,
    code: [...operands.flatMap(({ code }) => code), ...sum.code],
    work: (b, { inputs: places, output: at, count }) => {
      const [left, right] = places.map((place, i) =>
        loadCentred(b, constants, { tensor: tensors[i], at: place, count })
      );
      const values = left.map((x, part) => {
        const scaled = [x, right[part]].map((value, i) => operands[i].apply(b, value));
        return sum.apply(b, b.let("sum", apply(combine, scaled)));
      });
      storeQuantized(b, constants, {
        values,
        at,
        count,
        tensor: output.tensor,
        zeroPoint: zeroPointOf(output.tensor),
        range,
      });
    },
  });
}
