import { accessOf } from "../../model/definition_of.ts";
import type { Model } from "../../model/model.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { Removal } from "./plan_graph.ts";

/** Operators that only see the same bytes under another shape. */
export function aliasViews({ tensors, operators }: Model): readonly Removal[] {
  return operators.flatMap(({ op, inputs: [from], outputs: [to] }, operator) => {
    if (accessOf({ op }).kind !== "view") return [];
    const { data, isVariable, dtype } = tensors[from];
    if (data !== null || isVariable || dtype !== tensors[to].dtype) return [];
    if (sizeBytes(tensors[from]) !== sizeBytes(tensors[to])) return [];
    return [{ operator, alias: { from, to }, reason: `t${to} is t${from} in another shape` }];
  });
}
