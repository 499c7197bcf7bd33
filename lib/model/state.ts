import { definitionOf, operandTensors } from "./definition_of.ts";
import type { Subgraph } from "./model.ts";
import type { Operator } from "./operator.ts";
import type { Tensor } from "./tensor.ts";

/** Bytes that an operator keeps from run to run beside its tensors. */
export function keptBytes(operator: Operator, tensors: readonly Tensor[]): number {
  if (operator.op === "OPAQUE") return 0;
  const { keptBytes: of } = definitionOf(operator.op);
  return of?.(operator.attributes, operandTensors(operator, tensors)) ?? 0;
}

/** Bytes beside its tensors that an operator works in while it runs. */
export function scratchBytes(operator: Operator, tensors: readonly Tensor[]): number {
  if (operator.op === "OPAQUE") return 0;
  const { scratchBytes: of } = definitionOf(operator.op);
  return of?.(operator.attributes, operandTensors(operator, tensors)) ?? 0;
}

/** Whether a run may end before the last operator. */
export function mayEndRun({ operators }: Pick<Subgraph, "operators">): boolean {
  return operators.some(({ op }) => op !== "OPAQUE" && definitionOf(op).mayEndRun === true);
}

/**
 * The tensors that keep what they hold from run to run: variables, and the outputs of a graph whose
 * runs may end early, which then give what the run before gave.
 */
export function stateTensors(
  { tensors, operators, inputs, outputs }: Pick<
    Subgraph,
    "tensors" | "operators" | "inputs" | "outputs"
  >,
): ReadonlySet<number> {
  const variables = tensors.flatMap(({ isVariable }, index) => isVariable ? [index] : []);
  if (!mayEndRun({ operators })) return new Set(variables);
  const kept = outputs.filter((output) =>
    tensors[output].data === null && !inputs.includes(output)
  );
  return new Set([...variables, ...kept]);
}
