import type { Subgraph } from "../../model/model.ts";

/** For each tensor the operators that read it, in order; one that reads it twice stands twice. */
export function readers({ tensors, operators }: Subgraph): readonly (readonly number[])[] {
  const readBy: number[][] = tensors.map(() => []);
  operators.forEach(({ inputs }, operator) => {
    for (const tensor of inputs) if (tensor !== -1) readBy[tensor].push(operator);
  });
  return readBy;
}
