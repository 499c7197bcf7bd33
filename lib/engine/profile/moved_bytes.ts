import type { Model } from "../../model/model.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import type { EngineLayer } from "../engine.ts";

/** Tensors that are read and written. */
export type Touched = Pick<PlanStep, "inputs" | "outputs">;

/**
 * What must be moved at least: each tensor that is read, constants included, and each that is
 * written, once; state is read and written.
 */
export function movedBytes({ tensors }: Model, { inputs, outputs }: Touched): number {
  const read = [...new Set(inputs)].filter((index) => index !== -1);
  const state = read.filter((index) => tensors[index].isVariable);
  return [...read, ...state, ...new Set(outputs)]
    .reduce((sum, index) => sum + sizeBytes(tensors[index]), 0);
}

/** What a layer reads and writes in memory; a segment's rings hold what is not moved. */
export function touchedBy(
  { steps, segments }: Plan,
  { steps: [from, until], segment }: EngineLayer,
): Touched {
  const rings = segment === null ? [] : segments[segment].rings;
  const isMoved = (index: number) => rings.every(({ tensor }) => tensor !== index);
  const own = steps.slice(from, until);
  return {
    inputs: own.flatMap(({ inputs }) => inputs).filter(isMoved),
    outputs: own.flatMap(({ outputs }) => outputs).filter(isMoved),
  };
}
