import { constantValues } from "../../model/constant.ts";
import { accessOf, isWeighted } from "../../model/definition_of.ts";
import { dtypeBits } from "../../model/dtype.ts";
import { asPlanned, isFolded, NOT_WORKED_OUT } from "../../model/folding.ts";
import type { Model, Subgraph } from "../../model/model.ts";
import { type Operator, operatorName } from "../../model/operator.ts";
import { sizeBytes } from "../../model/shape.ts";
import { stateTensors } from "../../model/state.ts";
import type { Quantization } from "../../model/tensor.ts";
import type { RemovedOperator } from "../plan.ts";
import type { InputPlace } from "../plan_options.ts";
import { type ImagePadding, isWindowOperator } from "../sliding_window.ts";
import type { TechniqueName } from "../techniques.ts";
import type { FoldedPad, GraphValue, PlanGraph, Removal } from "./plan_graph.ts";

/** The model without the operators that some techniques make superfluous. */
export function planGraph(
  given: Model,
  uses: (technique: TechniqueName) => boolean,
  place: InputPlace,
): PlanGraph {
  const model = asPlanned(given);
  const edges = uses("integer-edges")
    ? aliasEdges(model)
    : { inputs: model.inputs, outputs: model.outputs, removals: [] };
  const views = uses("alias-views") ? aliasViews(model) : [];
  const pads = uses("fold-pad") ? foldPads(model) : { removals: [], folded: new Map() };
  const root = aliasRoots(model, views);
  const removals: readonly (readonly [RemovedOperator["technique"], readonly Removal[]])[] = [
    ["fold-constants", foldedRemovals(model)],
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
  const state = stateTensors(model);
  const isPlaced = (tensor: number): boolean => {
    const { data, dtype } = model.tensors[tensor];
    if (data !== null || state.has(tensor) || outside.has(tensor)) return false;
    // Which variable a handle stands for, these kernels know.
    return touched.has(tensor) && !(dtype === "resource" && uses("direct-kernels"));
  };
  const { values, valueOf } = valuesBy(root, { isPlaced, tensors: model.tensors, edges });
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

/** The values of tensors that have a place: those that are the same bytes are one. */
function valuesBy(
  root: readonly number[],
  { isPlaced, tensors: all, edges }: {
    readonly isPlaced: (tensor: number) => boolean;
    readonly tensors: Model["tensors"];
    readonly edges: Pick<Model, "inputs" | "outputs">;
  },
): Pick<PlanGraph, "values" | "valueOf"> {
  const members = new Map<number, number[]>();
  all.forEach((_, tensor) => {
    if (isPlaced(tensor)) members.set(root[tensor], [...members.get(root[tensor]) ?? [], tensor]);
  });
  const valueOf = new Array<number>(all.length).fill(-1);
  const values = [...members.values()].map((tensors, value): GraphValue => {
    for (const tensor of tensors) valueOf[tensor] = value;
    return {
      tensors,
      name: all[tensors[0]].name || `t${tensors[0]}`,
      sizeBytes: Math.max(...tensors.map((tensor) => sizeBytes(all[tensor]))),
      elementBytes: Math.max(1, ...tensors.map((tensor) => dtypeBits(all[tensor].dtype) / 8)),
      isInput: tensors.some((tensor) => edges.inputs.includes(tensor)),
      isOutput: tensors.some((tensor) => edges.outputs.includes(tensor)),
    };
  });
  return { values, valueOf };
}

/** Operators whose results are constants. */
function foldedRemovals({ operators, tensors }: Model): readonly Removal[] {
  return operators.flatMap((operator, index) => {
    if (!isFolded(operator, tensors)) return [];
    const written = operator.outputs.map((tensor) => `t${tensor}`).join(", ");
    const reason = `${written} is known before the model runs`;
    return [{ operator: index, alias: null, reason }];
  });
}

/** For each tensor one that stands for all that are the same bytes. */
function aliasRoots({ tensors }: Model, views: readonly Removal[]): number[] {
  const root = tensors.map((_, tensor) => tensor);
  const find = (tensor: number): number => root[tensor] === tensor ? tensor : find(root[tensor]);
  for (const { alias } of views) if (alias !== null) root[find(alias.to)] = find(alias.from);
  return root.map((_, tensor) => find(tensor));
}

/**
 * PAD operators that the convolutions or pools behind them can do themselves. In a convolution the
 * zeros add nothing; a pool must take them as elements, which is why only pools without padding of
 * their own qualify.
 */
export function foldPads(model: Model): {
  readonly removals: readonly Removal[];
  readonly folded: ReadonlyMap<number, FoldedPad>;
} {
  const readBy = readers(model);
  const folded = new Map<number, FoldedPad>();
  const removals: Removal[] = [];
  model.operators.forEach((operator, index) => {
    const padding = imagePadding(model, operator);
    const [output] = operator.outputs;
    if (padding === null || model.outputs.includes(output)) return;
    const users = readBy[output];
    if (users.length === 0 || !users.every((user) => canFold(model.operators[user], output))) {
      return;
    }
    for (const user of users) folded.set(user, { padding, input: operator.inputs[0] });
    const into = users.map((user) => `operator ${user}`).join(", ");
    removals.push({ operator: index, alias: null, reason: `its zeros are part of ${into}` });
  });
  return { removals, folded };
}

function canFold(user: Operator, padded: number): boolean {
  if (!isWindowOperator(user)) return false;
  if (!isWeighted(user) && user.attributes.padding !== "VALID") return false;
  return user.inputs.every((tensor, i) => (tensor === padded) === (i === 0));
}

/** Rows and columns that a PAD adds, if it adds nothing else and changes no value. */
function imagePadding({ tensors }: Model, operator: Operator): ImagePadding | null {
  if (operator.op !== "PAD") return null;
  const [input, amounts] = operator.inputs.map((tensor) => tensors[tensor]);
  const output = tensors[operator.outputs[0]];
  if (amounts.data === null || amounts.data === NOT_WORKED_OUT) return null;
  if (amounts.dtype !== "int32" && amounts.dtype !== "int64") return null;
  if (input.shape.length !== 4 || input.data !== null) return null;
  if (input.isVariable || !sameQuantization(input.quantization, output.quantization)) return null;
  const values = Array.from(constantValues(amounts) as ArrayLike<number | bigint>, Number);
  const [before, after, top, bottom, left, right, front, back] = values;
  if (before !== 0 || after !== 0 || front !== 0 || back !== 0) return null;
  return { top, bottom, left, right };
}

function sameQuantization(a: Quantization | null, b: Quantization | null): boolean {
  if (a === null || b === null) return a === b;
  return a.scales[0] === b.scales[0] && a.zeroPoints[0] === b.zeroPoints[0];
}

/**
 * QUANTIZE of a real input that nothing else reads, and DEQUANTIZE to a real output that nothing else
 * reads: the caller hands and takes the integers instead.
 */
export function aliasEdges(model: Model): {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly removals: readonly Removal[];
} {
  const { tensors, operators } = model;
  const readBy = readers(model);
  const state = stateTensors(model);
  const inputs = [...model.inputs];
  const outputs = [...model.outputs];
  const removals: Removal[] = [];
  operators.forEach(({ op, inputs: [from], outputs: [to] }, operator) => {
    const isReal = (tensor: number) => tensors[tensor].dtype === "float32";
    if (op === "QUANTIZE" && isReal(from)) {
      const edge = model.inputs.indexOf(from);
      if (edge === -1 || readBy[from].length !== 1 || model.outputs.includes(from)) return;
      inputs[edge] = to;
      removals.push({ operator, alias: null, reason: "the caller hands integers" });
    }
    if (op === "DEQUANTIZE" && isReal(to)) {
      const edge = model.outputs.indexOf(to);
      if (edge === -1 || readBy[to].length !== 0 || tensors[from].data !== null) return;
      if (state.has(from) || state.has(to)) return;
      outputs[edge] = from;
      removals.push({ operator, alias: null, reason: "the caller takes integers" });
    }
  });
  return { inputs, outputs, removals };
}

/** Operators that only see the same bytes under another shape. */
export function aliasViews(model: Model): readonly Removal[] {
  const { tensors, operators } = model;
  const state = stateTensors(model);
  return operators.flatMap(({ op, inputs: [from], outputs: [to] }, operator) => {
    if (accessOf({ op }).kind !== "view") return [];
    const { data, dtype } = tensors[from];
    if (data !== null || state.has(from) || state.has(to)) return [];
    if (dtype !== tensors[to].dtype) return [];
    if (sizeBytes(tensors[from]) !== sizeBytes(tensors[to])) return [];
    return [{ operator, alias: { from, to }, reason: `t${to} is t${from} in another shape` }];
  });
}

/** For each tensor the operators that read it, in order; one that reads it twice stands twice. */
function readers({ tensors, operators }: Subgraph): readonly (readonly number[])[] {
  const readBy: number[][] = tensors.map(() => []);
  operators.forEach(({ inputs }, operator) => {
    for (const tensor of inputs) if (tensor !== -1) readBy[tensor].push(operator);
  });
  return readBy;
}
