import type { Model } from "../../model/model.ts";
import { graphsOf, reachable, withGraph } from "../../model/subgraphs.ts";
import { foldConstants } from "./fold_constants.ts";
import { turnNegativeScales } from "./turn_scales.ts";

const prepared = new WeakMap<Model, Model>();

/**
 * The model as it is planned and run: what is known before it runs are constants, and scales of
 * weights are positive, in subgraphs that a run reaches too. Operators and tensors keep their indices; tensors may be added behind them.
 */
export function preparedModel(model: Model): Model {
  const known = prepared.get(model);
  if (known !== undefined) return known;
  const made = madeOf(model);
  prepared.set(model, made);
  prepared.set(made, made);
  return made;
}

function madeOf(model: Model): Model {
  const reached = new Set(reachable(model));
  const graphs = graphsOf(model).map((graph, index) => {
    if (!reached.has(index)) return graph;
    const given = withGraph(model, index);
    const made = turnNegativeScales(foldConstants(given, index));
    return made === given ? graph : { ...graph, tensors: made.tensors, operators: made.operators };
  });
  const [main, ...otherSubgraphs] = graphs;
  if (graphs.every((graph, index) => graph === graphsOf(model)[index])) return model;
  return { ...model, ...main, otherSubgraphs };
}
