import type { Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { apply, constant, max, min } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { elements } from "../../../model/shape.ts";
import { constantValues } from "../../../model/constant.ts";
import type { PlacedTensor } from "../../layer.ts";
import { integers } from "../../reference/indices.ts";

/**
 * The elements of a short list of integers, int32 or int64 of which the lower half counts: constants
 * where the list is one, else variables.
 */
export function listValues(b: KernelBuilder, name: string, operand: PlacedTensor): Value[] {
  const { tensor } = operand;
  if (tensor.data !== null) {
    return integers(constantValues(tensor)).map((value) => constant(value));
  }
  const { region } = operand;
  const elementBytes = dtypeBits(tensor.dtype) / 8;
  return Array.from({ length: elements(tensor.shape) }, (_, i) => {
    const place = { region, address: start(region), offsetBytes: i * elementBytes };
    return b.let(name, b.load("i32.load", place));
  });
}

/** Whether all of some conditions hold; constants are looked at now. */
export function all(conditions: readonly Value[]): Value {
  return conditions.reduce(both, constant(1));
}

function both(a: Value, b: Value): Value {
  if (a.kind === "constant") return a.value === 0 ? a : b;
  if (b.kind === "constant") return b.value === 0 ? b : a;
  return apply("i32.and", [a, b]);
}

/** The number of [0, most] that is nearest, signed. */
export function within(b: KernelBuilder, value: Value, most: number): Value {
  if (value.kind === "constant") return constant(Math.min(most, Math.max(0, Number(value.value))));
  const atLeast = b.let("place", max(value, 0));
  return b.let("place", min(atLeast, most));
}
