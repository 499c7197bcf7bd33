import type { Model } from "../../model/model.ts";
import { readers } from "./readers.ts";
import type { Removal } from "./plan_graph.ts";

/**
 * QUANTIZE of a real input that nothing else reads, and DEQUANTIZE to a real output that nothing else
 * reads: the caller hands and takes the integers instead.
 */
export function aliasEdges(model: Model): {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly removals: readonly Removal[];
} {
  const { tensors, operators } = model;
  const readBy = readers(model);
  const inputs = [...model.inputs];
  const outputs = [...model.outputs];
  const removals: Removal[] = [];
  operators.forEach(({ op, inputs: [from], outputs: [to] }, operator) => {
    const isReal = (tensor: number) => tensors[tensor].dtype === "float32";
    if (op === "QUANTIZE" && isReal(from)) {
      const edge = model.inputs.indexOf(from);
      if (edge === -1 || readBy[from].length !== 1 || model.outputs.includes(from)) return;
      inputs[edge] = to;
      removals.push({ operator, alias: null, reason: "the caller hands integers" });
    }
    if (op === "DEQUANTIZE" && isReal(to)) {
      const edge = model.outputs.indexOf(to);
      const { data, isVariable } = tensors[from];
      if (edge === -1 || readBy[to].length !== 0 || data !== null || isVariable) return;
      outputs[edge] = from;
      removals.push({ operator, alias: null, reason: "the caller takes integers" });
    }
  });
  return { inputs, outputs, removals };
}
