import { shown } from "../host.ts";
import { checkArguments } from "../check_arguments.ts";
import type { Model, Subgraph } from "./model.ts";
import type { Operator } from "./operator.ts";
import { callAttributes, graphsOf } from "./subgraphs.ts";

/**
 * The model with a signature's graph in the place of the main graph, which becomes the subgraph that
 * the signature's graph was: what is planned and run is the main graph and what that runs.
 *
 * @throws {RangeError} if the model has no signature of this name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Model, selectSignature } from "tinyloom";
 *
 * const empty = { name: "", tensors: [], operators: [], inputs: [], outputs: [] };
 * const model: Model = {
 *   ...{ ...empty, name: "encode", description: "", metadata: [], lost: [] },
 *   signatures: [{ key: "decode", subgraphIndex: 1, inputs: [], outputs: [] }],
 *   otherSubgraphs: [{ ...empty, name: "decode" }],
 * };
 * assert.equal(selectSignature(model, "decode").name, "decode");
 * ```
 *
 * @category Models
 */
export function selectSignature(model: Model, key: string): Model {
  checkArguments("selectSignature", { model });
  const signature = model.signatures.find((each) => each.key === key);
  if (signature === undefined) {
    const known = model.signatures.map((each) => `"${each.key}"`).join(", ") || "none";
    throw new RangeError(`signature "${key}"; the model has ${known}`);
  }
  const chosen = signature.subgraphIndex;
  if (chosen === 0) return model;
  const place = (graph: number) => graph === 0 ? chosen : graph === chosen ? 0 : graph;
  const graphs = graphsOf(model).map(({ name, tensors, operators, inputs, outputs }): Subgraph => (
    { name, tensors, operators: operators.map((each) => calling(each, place)), inputs, outputs }
  ));
  return shown({
    ...model,
    ...graphs[chosen],
    otherSubgraphs: graphs.slice(1).with(chosen - 1, graphs[0]),
    signatures: model.signatures.map((each) => (
      { ...each, subgraphIndex: place(each.subgraphIndex) }
    )),
  }, "model");
}

/** The operator with the subgraphs that it runs under other numbers. */
function calling(operator: Operator, place: (graph: number) => number): Operator {
  const calls = callAttributes(operator);
  if (calls.length === 0) return operator;
  const moved = Object.fromEntries(calls.map(([name, graph]) => [name, place(graph)]));
  return { ...operator, attributes: { ...operator.attributes, ...moved } } as Operator;
}
