import type { Model } from "./model.ts";
import type { Operator } from "./operator.ts";
import { sizeBytes } from "./shape.ts";
import { keptBytes, stateTensors } from "./state.ts";
import { graphsOf, reachable } from "./subgraphs.ts";
import type { Tensor } from "./tensor.ts";

/**
 * What lives from one run of a model to the next. Everything has one number in the whole model:
 * tensors of the main graph their own, then those of subgraphs in order, then the variables that
 * VAR_HANDLE names, then for every CALL_ONCE whether it has run. Operators have numbers, too: those of
 * the main graph their own, then those of the subgraphs that a run reaches.
 */
export interface RunState {
  /** Number of the first tensor of every graph. */
  readonly first: readonly number[];
  /** Number of the first operator of every graph; of one that no run reaches it means nothing. */
  readonly firstOperator: readonly number[];
  /** By their operators' numbers, bytes that operators keep beside their tensors. */
  readonly kept: ReadonlyMap<number, number>;
  /** State tensors, variables and flags of all graphs that a run reaches. */
  readonly tensors: ReadonlyMap<number, Tensor>;
  /**
   * The variable that READ_VARIABLE or ASSIGN_VARIABLE speaks of, the flag of a CALL_ONCE; undefined
   * for all others, and where no VAR_HANDLE of the same graph gives the handle.
   */
  readonly behind: (graph: number, operator: number) => number | undefined;
}

/** The state of a model. */
export function runStateOf(model: Model): RunState {
  const graphs = graphsOf(model);
  let next = 0;
  const first = graphs.map(({ tensors }) => (next += tensors.length) - tensors.length);
  const tensors = new Map<number, Tensor>();
  const behind = new Map<string, number>();
  const variables = new Map<string, number>();
  const flags: string[] = [];
  const firstOperator = new Array<number>(graphs.length).fill(-1);
  const kept = new Map<number, number>();
  let nextOperator = 0;
  for (const graph of reachable(model)) {
    const { tensors: own, operators } = graphs[graph];
    firstOperator[graph] = nextOperator;
    nextOperator += operators.length;
    for (const index of stateTensors(graphs[graph])) tensors.set(first[graph] + index, own[index]);
    const handles = handlesOf(operators);
    operators.forEach((operator, index) => {
      const place = `${graph} ${index}`;
      const bytes = keptBytes(operator, own);
      if (bytes > 0) kept.set(firstOperator[graph] + index, bytes);
      if (operator.op === "CALL_ONCE") flags.push(place);
      const moved = valueOf(operator);
      const handle = moved === null ? undefined : handles.get(operator.inputs[0]);
      if (moved === null || handle === undefined) return;
      const number = variables.get(handle.key) ?? next + variables.size;
      behind.set(place, number);
      if (variables.has(handle.key)) return;
      variables.set(handle.key, number);
      // As large as what is read or assigned first, and at first that tensor's zero point.
      tensors.set(number, { ...own[moved], name: handle.name, data: null, isVariable: true });
    });
  }
  flags.forEach((place, i) => {
    const number = next + variables.size + i;
    behind.set(place, number);
    tensors.set(number, { ...FLAG, name: "has run" });
  });
  return {
    ...{ first, firstOperator, kept, tensors },
    behind: (graph, operator) => behind.get(`${graph} ${operator}`),
  };
}

/** Bytes that live from run to run. */
export function stateBytesOf(model: Model): number {
  const { tensors, kept } = runStateOf(model);
  const sizes = [...[...tensors.values()].map(sizeBytes), ...kept.values()];
  return sizes.reduce((sum, size) => sum + size, 0);
}

const FLAG: Omit<Tensor, "name"> = {
  dtype: "bool",
  shape: [],
  quantization: null,
  data: null,
  isVariable: true,
};

/** The variable that each handle of a graph stands for. */
function handlesOf(operators: readonly Operator[]) {
  return new Map(operators.flatMap((operator) => {
    if (operator.op !== "VAR_HANDLE") return [];
    const { container, sharedName } = operator.attributes;
    const key = JSON.stringify([container, sharedName]);
    return [[operator.outputs[0], { key, name: sharedName }] as const];
  }));
}

/** The tensor that is copied from or to a variable. */
function valueOf({ op, inputs, outputs }: Operator): number | null {
  if (op === "READ_VARIABLE") return outputs[0];
  return op === "ASSIGN_VARIABLE" ? inputs[1] : null;
}
