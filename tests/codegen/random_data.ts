import { elementsOf } from "../../lib/nest/define_nest.ts";
import { dtypeBytes, isFloat, zeros } from "../../lib/nest/dtype.ts";
import type { Expr, Nest, TensorData } from "tinyloom";

/** Whether floats are small whole numbers, whose sums are exact in any order, or fractions. */
export type FloatKind = "whole" | "fraction";

/** Inputs for a nest, the same for the same seed. */
export function randomInputs(
  nest: Nest,
  seed: number,
  floats: FloatKind = "whole",
): Record<string, TensorData> {
  const next = generator(seed);
  const inputs: Record<string, TensorData> = {};
  const shifts = shiftsOf(nest.body.finish);
  for (const tensor of nest.tensors.filter(({ role }) => role === "input")) {
    const data = zeros(tensor.dtype, elementsOf(tensor));
    if (shifts.includes(tensor.name)) {
      inputs[tensor.name] = data.map(() => Math.floor(next() * 12) - 8) as TensorData;
      continue;
    }
    for (let at = 0; at < data.length; at++) {
      data[at] = isFloat(tensor.dtype)
        ? floats === "whole" ? Math.floor(next() * 17) - 8 : next() * 2 - 1
        : Math.floor((next() - 0.5) * 2 ** (8 * Math.min(2, dtypeBytes(tensor.dtype))));
    }
    inputs[tensor.name] = data;
  }
  return inputs;
}

// Names of tensors by which sums are shifted.
function shiftsOf(expr: Expr | undefined): string[] {
  if (expr?.kind === "requantize") return [expr.shift.tensor, ...shiftsOf(expr.value)];
  return expr?.kind === "binary" ? [...shiftsOf(expr.left), ...shiftsOf(expr.right)] : [];
}

// Numerical Recipes' linear congruential generator: enough to fill tensors.
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
