import { throwIfStopped } from "../../host.ts";
import { definitionOf } from "../../model/definition_of.ts";
import { isFolded } from "../../model/folding.ts";
import type { Model } from "../../model/model.ts";
import { type Operator, operatorName } from "../../model/operator.ts";
import { type RunState, runStateOf } from "../../model/run_state.ts";
import { sizeBytes } from "../../model/shape.ts";
import { graphsOf, reachable } from "../../model/subgraphs.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { ReferenceKernel } from "./prepare.ts";
import { prepareOperator } from "./prepare_operator.ts";

/** The operators of graphs, ready to run, by the number of the graph; null for those that do not. */
export type PreparedGraphs = ReadonlyMap<number, readonly (ReferenceKernel | null)[]>;

/**
 * Every operator of the main graph and of the subgraphs that it runs, ready to run, in order, by the
 * number of its graph; null for those that write constants, and so do not run.
 *
 * @throws {EngineError} for the first operator that cannot be executed, named with its index; so do
 *   the kernels.
 * @throws {DOMException} if it is ended before its end.
 */
export function prepareOperators(model: Model): PreparedGraphs {
  const state = runStateOf(model);
  const graphs = graphsOf(model);
  return new Map(
    reachable(model).map((graph) => {
      const { operators, tensors } = graphs[graph];
      const kernels = operators.map((operator, index): ReferenceKernel | null => {
        throwIfStopped();
        if (isFolded(operator, tensors)) return null;
        const place = operatorPlace(operator, { graph, index });
        const kernel = located(place, () => {
          checkState(operator, { graph, index, tensors, state });
          return prepareOperator(operator, tensors);
        });
        return (inputs, outputs, scope) => {
          try {
            return kernel(inputs, outputs, scope);
          } catch (error) {
            // What went wrong in a subgraph has its name; what is no number to be quantized is told as it is.
            const isOwn = error instanceof EngineError && error.operator === null;
            throw isOwn ? locatedError(error, place) : error;
          }
        };
      });
      return [graph, kernels];
    }),
  );
}

/** Refuses a variable that no VAR_HANDLE of the graph names, or of another size, and ends of subgraphs. */
function checkState(
  operator: Operator,
  { graph, index, tensors, state }: {
    readonly graph: number;
    readonly index: number;
    readonly tensors: readonly Tensor[];
    readonly state: RunState;
  },
): void {
  if (graph > 0 && operator.op !== "OPAQUE" && definitionOf(operator.op).mayEndRun) {
    throw new EngineError("an operator that may end the run, needed in the main graph");
  }
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

interface OperatorPlace {
  readonly operator: number;
  readonly opName: string;
  /** The number of its graph. */
  readonly graph: number;
}

/** Where an operator stands. */
export function operatorPlace(
  operator: Operator,
  { graph, index }: { readonly graph: number; readonly index: number },
): OperatorPlace {
  return { operator: index, opName: operatorName(operator), graph };
}

/** Does work on an operator, and names its place where it cannot be executed. */
export function located<Result>(place: OperatorPlace, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw locatedError(error, place);
  }
}

/** What cannot be executed, with its place; any other error as it is. */
function locatedError(error: unknown, { graph, ...place }: OperatorPlace): unknown {
  if (!(error instanceof EngineError || error instanceof RangeError)) return error;
  const reason = error instanceof EngineError ? error.reason : error.message;
  const within = graph === 0 ? "" : `in subgraph ${graph}: `;
  return new EngineError(within + reason, { ...place, cause: error });
}
