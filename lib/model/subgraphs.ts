import type { Model, Subgraph } from "./model.ts";
import type { Operator } from "./operator.ts";
import { elements, hasUnknownExtents, sizeBytes } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Attributes of operators that name a subgraph to run. */
const CALLS = [
  "subgraph",
  "thenSubgraphIndex",
  "elseSubgraphIndex",
  "condSubgraphIndex",
  "bodySubgraphIndex",
  "initSubgraphIndex",
];

/** Attributes of an operator that name a subgraph to run, and which. */
export function callAttributes(
  { op, attributes }: Operator,
): readonly (readonly [string, number])[] {
  const isCalling = op === "OPAQUE" || op === "IF" || op === "WHILE" || op === "CALL_ONCE";
  if (!isCalling) return [];
  const values: Readonly<Record<string, unknown>> = { ...attributes };
  return CALLS.filter((name) => Object.hasOwn(values, name))
    .map((name) => [name, Number(values[name])]);
}

/** Subgraphs that an operator runs, as often as it names them. */
export function callees(operator: Operator): readonly number[] {
  return callAttributes(operator).map(([, graph]) => graph);
}

/** The graphs of a model by their numbers; 0 is the model itself. */
export function graphsOf(model: Model): readonly Subgraph[] {
  return [model, ...model.otherSubgraphs];
}

/**
 * The graphs that a run of a graph reaches, itself first and then in order of their numbers.
 *
 * @throws {RangeError} if there is no such graph.
 */
export function reachable(model: Model, from = 0): readonly number[] {
  const graphs = graphsOf(model);
  const seen = new Set([from]);
  for (const graph of seen) {
    if (graphs[graph] === undefined) throw new RangeError(`subgraph ${graph} of ${graphs.length}`);
    for (const operator of graphs[graph].operators) {
      for (const callee of callees(operator)) seen.add(callee);
    }
  }
  return [from, ...[...seen].filter((graph) => graph !== from).sort((a, b) => a - b)];
}

/** A graph in the place of the main graph. The numbers in its operators stay those of the model. */
export function withGraph(model: Model, graph: number): Model {
  return graph === 0 ? model : { ...model, ...graphsOf(model)[graph] };
}

/** Whether running an operator of the main graph reads or changes what lives from run to run. */
export function touchesState(model: Model, operator: Operator): boolean {
  const own = ({ op, inputs }: Operator, { tensors }: Subgraph) =>
    ["READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"].includes(op) ||
    inputs.some((tensor) => tensors[tensor]?.isVariable);
  const graphs = graphsOf(model);
  return own(operator, model) ||
    callees(operator).some((callee) =>
      reachable(model, callee).some((each) =>
        graphs[each].operators.some((inner) => own(inner, graphs[each]))
      )
    );
}

/**
 * What keeps an operator from running the subgraphs that it names, which are there: other counts of
 * inputs and outputs, or other sizes; null if nothing does.
 */
export function callFault(
  operator: Operator,
  { graph, graphs }: { readonly graph: Subgraph; readonly graphs: readonly Subgraph[] },
): string | null {
  const inputs = operator.inputs.map((tensor) => graph.tensors[tensor]);
  const outputs = operator.outputs.map((tensor) => graph.tensors[tensor]);
  switch (operator.op) {
    case "IF": {
      const { thenSubgraphIndex, elseSubgraphIndex } = operator.attributes;
      const [, ...given] = inputs;
      return runFault(graphs, thenSubgraphIndex, { given, taken: outputs }) ??
        runFault(graphs, elseSubgraphIndex, { given, taken: outputs });
    }
    case "WHILE": {
      const { condSubgraphIndex, bodySubgraphIndex } = operator.attributes;
      const { tensors, outputs: results } = graphs[condSubgraphIndex];
      const [result] = results.map((tensor) => tensors[tensor]);
      const isOne = results.length === 1 && result.dtype === "bool" && elements(result.shape) === 1;
      if (!isOne) return `subgraph ${condSubgraphIndex} has to give one bool`;
      return runFault(graphs, condSubgraphIndex, { given: inputs, taken: [result] }) ??
        runFault(graphs, bodySubgraphIndex, { given: inputs, taken: outputs });
    }
    case "CALL_ONCE": {
      const { initSubgraphIndex } = operator.attributes;
      const { inputs: needed } = graphs[initSubgraphIndex];
      if (needed.length === 0) return null;
      return `subgraph ${initSubgraphIndex} takes ${needed.length} inputs, needed none`;
    }
    default:
      return null;
  }
}

function runFault(
  graphs: readonly Subgraph[],
  callee: number,
  { given, taken }: { readonly given: readonly Tensor[]; readonly taken: readonly Tensor[] },
): string | null {
  const { tensors, inputs, outputs } = graphs[callee];
  const sides = [["inputs", given, inputs], ["outputs", taken, outputs]] as const;
  for (const [what, own, theirs] of sides) {
    if (own.length !== theirs.length) {
      return `${own.length} ${what} for subgraph ${callee}, which has ${theirs.length}`;
    }
    const other = own.findIndex((tensor, i) => {
      const twin = tensors[theirs[i]];
      return !hasUnknownExtents(tensor) && !hasUnknownExtents(twin) &&
        sizeBytes(tensor) !== sizeBytes(twin);
    });
    if (other === -1) continue;
    const [a, b] = [own[other], tensors[theirs[other]]];
    return `${what} of subgraph ${callee}: ${a.dtype} [${a.shape}] for ${b.dtype} [${b.shape}]`;
  }
  return null;
}
