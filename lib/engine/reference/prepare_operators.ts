import type { Model } from "../../model/model.ts";
import {
  type Operator,
  type OperatorName,
  operatorName,
  type TypedOperator,
} from "../../model/operator.ts";
import { type RunState, runStateOf } from "../../model/run_state.ts";
import { sizeBytes } from "../../model/shape.ts";
import { graphsOf, reachable } from "../../model/subgraphs.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { engineOperators } from "../operators/registry.ts";
import type { Kernel } from "./prepare.ts";

/**
 * Every operator of the main graph and of the subgraphs that it runs, ready to run, in order, by the
 * number of its graph.
 *
 * @throws {EngineError} for the first operator that cannot be executed, named with its index; so do
 *   the kernels.
 */
export function prepareOperators(model: Model): ReadonlyMap<number, readonly Kernel[]> {
  const state = runStateOf(model);
  const graphs = graphsOf(model);
  return new Map(
    reachable(model).map((graph) => {
      const { operators, tensors } = graphs[graph];
      const within = graph === 0 ? "" : `in subgraph ${graph}: `;
      const kernels = operators.map((operator, index): Kernel => {
        const named = (cause: unknown, reason: string) =>
          new EngineError(within + reason, {
            operator: index,
            opName: operatorName(operator),
            cause,
          });
        const kernel = prepareNamed(named, () => {
          checkState(operator, { graph, index, tensors, state });
          return prepareOperator(operator, tensors);
        });
        return (inputs, outputs, scope) => {
          try {
            kernel(inputs, outputs, scope);
          } catch (error) {
            // What went wrong in a subgraph has its name.
            const isOwn = error instanceof EngineError && error.operator === null;
            throw isOwn ? named(error, error.reason) : error;
          }
        };
      });
      return [graph, kernels];
    }),
  );
}

/** Refuses a variable that no VAR_HANDLE of the graph names, or of another size. */
function checkState(
  operator: Operator,
  { graph, index, tensors, state }: {
    readonly graph: number;
    readonly index: number;
    readonly tensors: readonly Tensor[];
    readonly state: RunState;
  },
): void {
  if (operator.op !== "READ_VARIABLE" && operator.op !== "ASSIGN_VARIABLE") return;
  const number = state.behind(graph, index);
  if (number === undefined) throw new EngineError("a handle that no VAR_HANDLE beside it gives");
  const variable = state.tensors.get(number)!;
  const value = tensors[operator.op === "READ_VARIABLE" ? operator.outputs[0] : operator.inputs[1]];
  if (sizeBytes(value) === sizeBytes(variable)) return;
  throw new EngineError(
    `${sizeBytes(value)} bytes for variable "${variable.name}" of ${sizeBytes(variable)}`,
  );
}

function prepareNamed(
  named: (cause: unknown, reason: string) => EngineError,
  prepare: () => Kernel,
): Kernel {
  try {
    return prepare();
  } catch (error) {
    if (error instanceof EngineError) throw named(error, error.reason);
    throw error instanceof RangeError ? named(error, error.message) : error;
  }
}

function prepareOperator(operator: Operator, tensors: readonly Tensor[]): Kernel {
  if (operator.op === "OPAQUE") {
    throw new EngineError(`not supported; supported are ${supportedOperators.join(", ")}`);
  }
  for (const index of [...operator.inputs, ...operator.outputs]) {
    if (index !== -1) checkTensor(tensors[index]);
  }
  return prepareTyped(operator, tensors);
}

function prepareTyped<Name extends OperatorName>(
  operator: TypedOperator<Name>,
  tensors: readonly Tensor[],
): Kernel {
  return engineOperators[operator.op].reference({
    attributes: operator.attributes,
    inputs: operator.inputs.map((index) => tensors[index]),
    outputs: operator.outputs.map((index) => tensors[index]),
  });
}

function checkTensor({ name, isSparse, shapeSignature }: Tensor): void {
  if (isSparse) throw new EngineError(`sparse constant "${name}", needed dense`);
  if (shapeSignature?.includes(-1, 1)) {
    throw new EngineError(`tensor "${name}" of shape [${shapeSignature}], needed known extents`);
  }
}

/**
 * The operators that can be executed, by TFLite's name; models with others can still be planned.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { supportedOperators } from "tinyloom";
 *
 * assert.ok(supportedOperators.includes("CONV_2D"));
 * ```
 *
 * @category Reference interpreter
 */
export const supportedOperators: readonly OperatorName[] = Object.keys(
  engineOperators,
) as OperatorName[];
