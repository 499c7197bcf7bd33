import type { Model } from "../../model/model.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { PlanStep } from "../../plan/plan.ts";

/**
 * What a step must move at least: each tensor that it reads, constants included, and each that it
 * writes, once; state it reads and writes.
 */
export function movedBytes({ tensors }: Model, { inputs, outputs }: PlanStep): number {
  const read = [...new Set(inputs)].filter((index) => index !== -1);
  const state = read.filter((index) => tensors[index].isVariable);
  return [...read, ...state, ...new Set(outputs)]
    .reduce((sum, index) => sum + sizeBytes(tensors[index]), 0);
}
