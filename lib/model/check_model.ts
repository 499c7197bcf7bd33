import { throwIfStopped } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { dtypeBits } from "./dtype.ts";
import { CUSTOM } from "./builtin_operators.ts";
import { checkOperator } from "./check_operator.ts";
import type { Model, Signature, Subgraph } from "./model.ts";
import { ModelError } from "./model_error.ts";
import { operatorName } from "./operator.ts";
import { sizeBytes } from "./shape.ts";
import { callees, callFault } from "./subgraphs.ts";
import { tensorFault } from "./tensor_fault.ts";

/**
 * A place in a model: a subgraph (0 is the main graph), or a tensor or an operator of it.
 *
 * @category Models
 */
export interface ModelPlace {
  /** 0 for the model itself, i for `otherSubgraphs[i - 1]`. */
  readonly subgraph: number;
  /** Index of the tensor, if it is about one. */
  readonly tensor?: number;
  /** Index of the operator, if it is about one. */
  readonly operator?: number;
}

/**
 * Checks that a model is consistent: constants as long as their shapes say, quantization that
 * matches the shape, operators with the tensors and shapes they need, each tensor written once and
 * before it is read. `readModel` and `writeModel` call it; call it on models built by hand.
 *
 * @throws {ModelError} at the first contradiction; `locate` tells the byte of a place in a file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkModel, ModelError } from "tinyloom";
 *
 * const empty = { name: "", description: "", tensors: [], operators: [], inputs: [], outputs: [] };
 * const model = { ...empty, metadata: [], signatures: [], otherSubgraphs: [], lost: [] };
 * checkModel(model);
 * assert.throws(() => checkModel({ ...model, inputs: [7] }), ModelError);
 * ```
 *
 * @category Models
 */
export function checkModel(
  model: Model,
  options: { readonly locate?: (place: ModelPlace) => number } = {},
): void {
  checkOptions("checkModel", options, "locate");
  checkArguments("checkModel", { model });
  const subgraphs = [model, ...model.otherSubgraphs];
  const fail = (place: ModelPlace, reason: string): never => {
    throw new ModelError(`${describe(subgraphs, place)}: ${reason}`, {
      offsetBytes: options.locate?.(place),
    });
  };
  subgraphs.forEach((graph, subgraph) => checkSubgraph(graph, { subgraph, fail }));
  checkCalls(subgraphs, fail);
  subgraphs.forEach((graph, subgraph) =>
    graph.operators.forEach((operator, index) => {
      const reason = callFault(operator, { graph, graphs: subgraphs });
      if (reason !== null) fail({ subgraph, operator: index }, reason);
    })
  );
  for (const signature of model.signatures) checkSignature(signature, { subgraphs, fail });
}

type Fail = (place: ModelPlace, reason: string) => never;

function describe(subgraphs: readonly Subgraph[], place: ModelPlace): string {
  const graph = subgraphs[place.subgraph];
  const where = place.subgraph === 0 ? "" : `subgraph ${place.subgraph}, `;
  if (place.operator !== undefined) {
    return `${where}operator ${place.operator} ${operatorName(graph.operators[place.operator])}`;
  }
  if (place.tensor !== undefined) {
    return where + tensorText(place.tensor, graph.tensors[place.tensor].name);
  }
  return place.subgraph === 0 ? "the graph" : `subgraph ${place.subgraph}`;
}

/** A tensor for people: its index and its name. */
export function tensorText(index: number, name: string | null): string {
  return `tensor ${index} ${JSON.stringify(name ?? "")}`;
}

function checkSubgraph(graph: Subgraph, options: { subgraph: number; fail: Fail }): void {
  const { subgraph, fail } = options;
  graph.tensors.forEach((tensor, index) => {
    throwIfStopped();
    const reason = tensorFault(tensor);
    if (reason !== null) fail({ subgraph, tensor: index }, reason);
  });
  checkOrder(graph, options);
  graph.operators.forEach((operator, index) => {
    throwIfStopped();
    const reason = checkOperator(operator, graph.tensors);
    if (reason !== null) fail({ subgraph, operator: index }, reason);
  });
}

function checkOrder(graph: Subgraph, options: { subgraph: number; fail: Fail }): void {
  const { subgraph, fail } = options;
  const { tensors, operators, inputs, outputs } = graph;
  const exists = (index: number) => Number.isInteger(index) && index >= 0 && index < tensors.length;
  // Constants, state and empty tensors have a value before the first operator runs.
  const ready = tensors.map((tensor) =>
    tensor.data !== null || tensor.isVariable ||
    sizeBytes(tensor) === 0 && dtypeBits(tensor.dtype) > 0
  );
  const writer: (string | undefined)[] = tensors.map((tensor) =>
    tensor.data !== null ? "a constant" : tensor.isVariable ? "state" : undefined
  );
  for (const input of inputs) {
    if (!exists(input)) fail({ subgraph }, `input tensor ${input} of ${tensors.length}`);
    if (writer[input] === "a constant") {
      fail({ subgraph, tensor: input }, "both a constant and an input");
    }
    writer[input] = "an input";
    ready[input] = true;
  }
  operators.forEach((operator, index) => {
    const place = { subgraph, operator: index };
    for (const input of operator.inputs) {
      if (input === -1) continue;
      if (!exists(input)) fail(place, `reads tensor ${input} of ${tensors.length}`);
      if (ready[input]) continue;
      // Custom operators name their scratch memory as inputs (Arm's Vela does for the Ethos-U).
      if (operator.op !== "OPAQUE" || operator.code !== CUSTOM) {
        fail(place, `reads tensor ${input}, which nothing before it writes`);
      }
      writer[input] = `scratch of operator ${index}`;
    }
    for (const output of operator.outputs) {
      if (!exists(output)) fail(place, `writes tensor ${output} of ${tensors.length}`);
      if (writer[output] !== undefined) {
        fail(place, `writes tensor ${output}, which is ${writer[output]} already`);
      }
      writer[output] = `the result of operator ${index}`;
      ready[output] = true;
    }
    for (const tensor of operator.intermediates ?? []) {
      if (tensor !== -1 && !exists(tensor)) {
        fail(place, `uses tensor ${tensor} of ${tensors.length}`);
      }
    }
    const mutating = operator.mutatingVariableInputs?.length ?? operator.inputs.length;
    if (mutating !== operator.inputs.length) {
      fail(place, `${mutating} marks of changed inputs for ${operator.inputs.length} inputs`);
    }
  });
  for (const output of outputs) {
    if (!exists(output)) fail({ subgraph }, `output tensor ${output} of ${tensors.length}`);
    if (!ready[output]) fail({ subgraph, tensor: output }, "an output that nothing writes");
  }
}

/** Subgraphs may run others, but none itself: leaves are taken away until nothing is left. */
function checkCalls(subgraphs: readonly Subgraph[], fail: Fail): void {
  const callers: number[][] = subgraphs.map(() => []);
  const open = subgraphs.map((graph, subgraph) => {
    let calls = 0;
    graph.operators.forEach((operator, index) => {
      for (const callee of callees(operator)) {
        if (callee >= 0 && callee < subgraphs.length) callers[callee].push(subgraph);
        else {
          fail({ subgraph, operator: index }, `runs subgraph ${callee} of ${subgraphs.length}`);
        }
        calls++;
      }
    });
    return calls;
  });
  const leaves = open.flatMap((calls, subgraph) => calls === 0 ? [subgraph] : []);
  for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
    for (const caller of callers[leaf]) if (--open[caller] === 0) leaves.push(caller);
  }
  const cyclic = open.findIndex((calls) => calls > 0);
  if (cyclic >= 0) fail({ subgraph: cyclic }, "runs itself through the subgraphs it runs");
}

function checkSignature(
  signature: Signature,
  options: { subgraphs: readonly Subgraph[]; fail: Fail },
): void {
  const { subgraphs, fail } = options;
  const { key, subgraphIndex } = signature;
  const graph = subgraphs[subgraphIndex];
  if (graph === undefined) {
    fail({ subgraph: 0 }, `signature "${key}" of subgraph ${subgraphIndex} of ${subgraphs.length}`);
  }
  for (const { name, tensor } of [...signature.inputs, ...signature.outputs]) {
    if (graph.tensors[tensor] === undefined) {
      fail(
        { subgraph: subgraphIndex },
        `signature "${key}" names tensor ${tensor} of ${graph.tensors.length} as "${name}"`,
      );
    }
  }
}
