import { apply } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

const INSTRUCTIONS = { LOGICAL_AND: "i32.and", LOGICAL_OR: "i32.or" } as const;

/** LOGICAL_AND and LOGICAL_OR, element by element; every byte but 0 is true. */
export function logicalElements(layer: Layer): LayerKernel | null {
  const { operator: { op } } = layer;
  if (op !== "LOGICAL_AND" && op !== "LOGICAL_OR") return null;
  const { load, store } = elementType("bool");
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} bool`,
    operands: 2,
    lanes: 1,
    work: (b, { inputs, output }) => {
      const truths = inputs.map((place) => apply("i32.ne", [b.load(load, place), 0]));
      b.store(store, output, apply(INSTRUCTIONS[op], truths));
    },
  });
}
