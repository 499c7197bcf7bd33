import {
  type ConstantArray,
  elements,
  type Model,
  type Plan,
  runReference,
  zeroValues,
} from "tinyloom";
import { executePlan } from "./execute_plan.ts";
import type { Draw } from "./random_graph.ts";

/** Random elements for the inputs of a plan. */
export function randomInputs(plan: Plan, { tensors }: Model, draw: Draw): ConstantArray[] {
  return plan.inputs.map((tensor) => {
    const values = zeroValues(tensors[tensor].dtype, elements(tensors[tensor].shape)) as Int8Array;
    return values.map(() => draw(256) - 128);
  });
}

/**
 * Whether a plan, as it comes out of JSON, gives bit for bit what the reference interpreter gives for
 * the same input; operators at the edge that the plan has the caller do are left out of both.
 */
export function runsAlike(plan: Plan, model: Model, draw: Draw): boolean {
  const edges = plan.removed.filter(({ technique }) => technique === "integer-edges");
  const operators = model.operators.filter((_, i) => edges.every(({ operator }) => operator !== i));
  const { inputs, outputs } = plan;
  const values = randomInputs(plan, model, draw);
  const expected = runReference({ ...model, operators, inputs, outputs }, values).outputs;
  const found = executePlan(JSON.parse(JSON.stringify(plan)), model, values);
  return expected.every((output, i) => output.every((value, j) => value === found[i][j]));
}
