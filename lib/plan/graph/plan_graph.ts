import { dtypeBits } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import { operatorName } from "../../model/operator.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { RemovedOperator } from "../plan.ts";
import type { InputPlace } from "../plan_options.ts";
import type { ImagePadding } from "../sliding_window.ts";
import type { TechniqueName } from "../techniques.ts";
import { aliasEdges, aliasViews, foldPads } from "./simplify_graph.ts";

/** Tensors that are the same bytes: one, or one and its views. */
export interface GraphValue {
  readonly tensors: readonly number[];
  readonly name: string;
  readonly sizeBytes: number;
  /** Largest element type among the tensors. */
  readonly elementBytes: number;
  readonly isInput: boolean;
  readonly isOutput: boolean;
}

/** PAD operators that an operator does itself. */
export interface FoldedPad {
  readonly padding: ImagePadding;
  /** What PAD reads. */
  readonly input: number;
}

/** An operator that runs, and the values it touches. */
export interface GraphStep {
  readonly operator: number;
  /** Tensors, folded PADs seen through. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly folded: FoldedPad | null;
  /** Distinct values read, constants and state left out. */
  readonly reads: readonly number[];
  /** Distinct values written. */
  readonly writes: readonly number[];
}

/** What is left to plan of a model. */
export interface PlanGraph {
  readonly model: Model;
  readonly values: readonly GraphValue[];
  /** The value of each tensor; -1 for constants, state, external inputs and what is gone. */
  readonly valueOf: readonly number[];
  readonly steps: readonly GraphStep[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly external: readonly number[];
  readonly removed: readonly RemovedOperator[];
}

/** An operator to do without; `from` of tensor `to` when they become one value. */
export interface Removal {
  readonly operator: number;
  readonly alias: { readonly from: number; readonly to: number } | null;
  readonly reason: string;
}

/** The model without the operators that some techniques make superfluous. */
export function planGraph(
  model: Model,
  uses: (technique: TechniqueName) => boolean,
  place: InputPlace,
): PlanGraph {
  const edges = uses("integer-edges")
    ? aliasEdges(model)
    : { inputs: model.inputs, outputs: model.outputs, removals: [] };
  const views = uses("alias-views") ? aliasViews(model) : [];
  const pads = uses("fold-pad") ? foldPads(model) : { removals: [], folded: new Map() };
  const root = aliasRoots(model, views);
  const removals: readonly (readonly [TechniqueName, readonly Removal[]])[] = [
    ["fold-pad", pads.removals],
    ["alias-views", views],
    ["integer-edges", edges.removals],
  ];
  const removed = removals.flatMap(([technique, list]) =>
    list.map(({ operator, reason }): RemovedOperator => ({
      operator,
      name: operatorName(model.operators[operator]),
      technique,
      reason,
    }))
  ).sort((a, b) => a.operator - b.operator);
  const gone = new Set(removed.map(({ operator }) => operator));
  const running = model.operators.flatMap((operator, index) => {
    if (gone.has(index)) return [];
    const folded = pads.folded.get(index) ?? null;
    const inputs = folded === null
      ? operator.inputs
      : operator.inputs.map((tensor, i) => i === 0 ? folded.input : tensor);
    return [{ operator: index, inputs, outputs: operator.outputs, folded }];
  });
  const external = place === "external"
    ? model.tensors.flatMap((_, t) =>
      edges.inputs.some((input) => root[input] === root[t]) ? t : []
    )
    : [];
  const outside = new Set(external);
  const touched = new Set(
    [
      ...running.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
      ...edges.inputs,
      ...edges.outputs,
      ...views.flatMap(({ alias }) => alias === null ? [] : [alias.from, alias.to]),
    ].filter((tensor) => tensor !== -1),
  );
  const members = new Map<number, number[]>();
  model.tensors.forEach(({ data, isVariable }, tensor) => {
    if (data !== null || isVariable || outside.has(tensor) || !touched.has(tensor)) return;
    members.set(root[tensor], [...members.get(root[tensor]) ?? [], tensor]);
  });
  const valueOf = new Array<number>(model.tensors.length).fill(-1);
  const values = [...members.values()].map((tensors, value): GraphValue => {
    for (const tensor of tensors) valueOf[tensor] = value;
    return {
      tensors,
      name: model.tensors[tensors[0]].name || `t${tensors[0]}`,
      sizeBytes: Math.max(...tensors.map((tensor) => sizeBytes(model.tensors[tensor]))),
      elementBytes: Math.max(
        1,
        ...tensors.map((tensor) => dtypeBits(model.tensors[tensor].dtype) / 8),
      ),
      isInput: tensors.some((tensor) => edges.inputs.includes(tensor)),
      isOutput: tensors.some((tensor) => edges.outputs.includes(tensor)),
    };
  });
  const valuesOf = (tensors: readonly number[]) => [
    ...new Set(tensors.map((tensor) => valueOf[tensor] ?? -1).filter((value) => value !== -1)),
  ];
  const steps = running.map((step) => ({
    ...step,
    reads: valuesOf(step.inputs),
    writes: valuesOf(step.outputs),
  }));
  const { inputs, outputs } = edges;
  return { model, values, valueOf, steps, inputs, outputs, external, removed };
}

/** For each tensor one that stands for all that are the same bytes. */
function aliasRoots({ tensors }: Model, views: readonly Removal[]): number[] {
  const root = tensors.map((_, tensor) => tensor);
  const find = (tensor: number): number => root[tensor] === tensor ? tensor : find(root[tensor]);
  for (const { alias } of views) if (alias !== null) root[find(alias.to)] = find(alias.from);
  return root.map((_, tensor) => find(tensor));
}
