import type { ValueType } from "../../../kernel/instruction.ts";
import type { Value } from "../../../kernel/kernel.ts";
import type { Opcode } from "../../../kernel/opcode.ts";
import { apply } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import {
  COMPARED_BITS,
  comparisonFactor,
  type ComparisonName,
  COMPARISONS,
} from "../../reference/comparison.ts";
import { isQuantized } from "../../reference/expect.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { centredElement } from "../scalar/elements_scalar.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

const INSTRUCTIONS = {
  EQUAL: "eq",
  NOT_EQUAL: "ne",
  GREATER: "gt",
  GREATER_EQUAL: "ge",
  LESS: "lt",
  LESS_EQUAL: "le",
} as const satisfies Record<ComparisonName, string>;

/** 1 or 0, as two numbers of a type compare. */
export function compared(op: ComparisonName, left: Value, right: Value): Value {
  const type = left.type as Exclude<ValueType, "v128">;
  const name = INSTRUCTIONS[op];
  const hasSign = type === "i32" || type === "i64";
  const opcode = hasSign && name !== "eq" && name !== "ne"
    ? `${type}.${name}_s`
    : `${type}.${name}`;
  return apply(opcode as Opcode, [left, right]);
}

/** EQUAL and its like of all types, element by element: see `prepareComparison`. */
export function comparisonElements(layer: Layer): LayerKernel | null {
  const { operator: { op }, inputs, outputs: [output] } = layer;
  if (!isComparison(op)) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const { dtype } = tensors[0];
  const factors = isQuantized(tensors[0]) ? tensors.map(comparisonFactor) : null;
  const { load } = elementType(dtype);
  const { store } = elementType(output.tensor.dtype);
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} ${dtype}`,
    operands: 2,
    lanes: 1,
    code: factors === null ? [] : [multiplyCode],
    work: (b, { inputs: places, output: at }) => {
      const [left, right] = places.map((place, i) => {
        if (factors === null) return b.load(load, place);
        const { multiplier, shift } = factors[i];
        const x = apply("i32.shl", [centredElement(b, tensors[i], place), COMPARED_BITS]);
        return multiplied(x, multiplier, shift);
      });
      b.store(store, at, compared(op, left, right));
    },
  });
}

function isComparison(op: string): op is ComparisonName {
  return Object.hasOwn(COMPARISONS, op);
}
