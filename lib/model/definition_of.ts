import type { Operator, OperatorName } from "./operator.ts";
import type {
  InputTensors,
  Operands,
  OperatorAccess,
  OperatorDefinition,
} from "./operator_definition.ts";
import { operatorDefinitions } from "./operators/registry.ts";
import type { Tensor } from "./tensor.ts";

/** Whether an operator of a name is read into a type of its own. */
export function isTyped(name: string): name is OperatorName {
  return Object.hasOwn(operatorDefinitions, name);
}

/**
 * What there is to know of an operator by name. Its functions take the attributes and tensors of
 * that operator, which the type cannot tell once the name is any of them.
 */
export function definitionOf(name: OperatorName): OperatorDefinition<unknown, InputTensors> {
  const definition: OperatorDefinition<never, never> = operatorDefinitions[name];
  return definition as OperatorDefinition<unknown, InputTensors>;
}

/** How an operator goes through its data; nothing is known of opaque ones. */
export function accessOf({ op }: { readonly op: Operator["op"] }): OperatorAccess {
  return op === "OPAQUE" ? { kind: "none" } : definitionOf(op).access;
}

/** Whether an operator goes over its input with a filter or a matrix, which is its second input. */
export function isWeighted(operator: { readonly op: Operator["op"] }): boolean {
  const access = accessOf(operator);
  return access.kind === "window" && access.isWeighted;
}

/** The tensors of an operator in its order. */
export function operandTensors(
  { inputs, outputs }: Operator,
  tensors: readonly Tensor[],
): Operands<InputTensors> {
  return {
    inputs: inputs.map((index) => index === -1 ? null : tensors[index]),
    outputs: outputs.map((index) => tensors[index]),
  };
}
