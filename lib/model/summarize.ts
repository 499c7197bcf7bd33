import { shown } from "../host.ts";
import { checkArguments } from "../check_arguments.ts";
import defer * as arrow from "../npm/arrow.ts";
import type { Dictionary, Float64, Int32, Table, TypeMap, Utf8, Vector } from "../npm/arrow.ts";
import { foldedOperators } from "./folding.ts";
import { liveBytes } from "./live_bytes.ts";
import { operatorMacs } from "./macs.ts";
import type { Model } from "./model.ts";
import { type Operator, operatorName } from "./operator.ts";
import { sizeBytes } from "./shape.ts";
import { graphsOf, reachable } from "./subgraphs.ts";
import type { Tensor } from "./tensor.ts";
import { parametersOf } from "./weights.ts";

/**
 * The columns of `summarize`.
 *
 * @category Models
 */
export interface SummaryColumns extends TypeMap {
  /** Position of the operator. */
  index: Int32;
  /** Name of the operator. */
  operator: Dictionary<Utf8, Int32>;
  /** Shapes of all inputs, constants included: `1x96x96x1, 8x3x3x1, 8`. */
  inputShapes: Utf8;
  /** Shapes of the outputs. */
  outputShape: Utf8;
  /** Element type of the first output. */
  dtype: Dictionary<Utf8, Int32>;
  /** Multiply-accumulates; null where they are not known. */
  macs: Float64;
  /** Elements of the operator's weights and biases. */
  parameters: Float64;
  /** Bytes of all its constants. */
  weightsBytes: Float64;
  /** Bytes of the activations it reads. */
  inputBytes: Float64;
  /** Bytes of the activations it writes. */
  outputBytes: Float64;
  /** Bytes of all activations alive while it runs. */
  liveBytes: Float64;
}

/**
 * One row for each operator of the main graph: shapes, type, multiply-accumulates, parameters, bytes.
 * A constant that several operators share counts at the first, so that columns can be summed. The
 * metadata of its schema have, as JSON, `warnings` of the model and `folded`, the operators that do not
 * run because their results are known before (`foldedOperators`), if there are any.
 *
 * Operators of subgraphs that others run follow, and a column `subgraph` tells whose they are; what they
 * count is for one run of theirs. `leftOut` tells of what a run does not reach.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { summarize, type ModelTensor } from "tinyloom";
 *
 * const tensor = (name: string): ModelTensor => (
 *   { name, dtype: "int8", shape: [1, 4], quantization: null, data: null, isVariable: false }
 * );
 * const table = summarize({
 *   name: "relu",
 *   description: "",
 *   tensors: [tensor("x"), tensor("y")],
 *   operators: [{ op: "RELU", inputs: [0], outputs: [1], version: 2, attributes: {} }],
 *   inputs: [0],
 *   outputs: [1],
 *   metadata: [],
 *   signatures: [],
 *   otherSubgraphs: [],
 *   lost: [],
 * });
 * assert.equal(table.get(0)?.operator, "RELU");
 * assert.equal(table.get(0)?.liveBytes, 8);
 * ```
 *
 * @category Models
 */
export function summarize(model: Model): Table<SummaryColumns> {
  checkArguments("summarize", { model });
  const graphs = graphsOf(model);
  const seen = new Set<Uint8Array>();
  const rows = reachable(model).flatMap((subgraph) => {
    const { operators, tensors } = graphs[subgraph];
    const live = liveBytes(graphs[subgraph]);
    return operators.map((operator, index) => ({
      ...{ subgraph, index, operator, tensors },
      outputs: operator.outputs.map((each) => tensors[each]),
      constants: ownConstants(operator, tensors, seen),
      live: live[index],
    }));
  });
  const int32s = (values: readonly number[]) => arrow.vectorFromArray(values, new arrow.Int32());
  const texts = (values: readonly string[]) => arrow.vectorFromArray(values, new arrow.Utf8());
  const main = new arrow.Table<SummaryColumns>({
    index: int32s(rows.map(({ index }) => index)),
    operator: words(rows.map(({ operator }) => operatorName(operator))),
    inputShapes: texts(rows.map(({ operator, tensors }) => (
      shapes(present(operator.inputs, tensors))
    ))),
    outputShape: texts(rows.map(({ outputs }) => shapes(outputs))),
    dtype: words(rows.map(({ outputs }) => outputs[0]?.dtype ?? "")),
    macs: arrow.vectorFromArray(
      rows.map(({ operator, tensors }) => operatorMacs(operator, tensors)),
      new arrow.Float64(),
    ),
    parameters: numbers(rows.map(({ constants }) => sum(constants, parametersOf))),
    weightsBytes: numbers(rows.map(({ constants }) => (
      sum(constants, ({ data }) => data?.length ?? 0)
    ))),
    inputBytes: numbers(rows.map(({ operator, tensors }) => (
      activationBytes(operator.inputs, tensors)
    ))),
    outputBytes: numbers(rows.map(({ operator, tensors }) => (
      activationBytes(operator.outputs, tensors)
    ))),
    liveBytes: numbers(rows.map(({ live }) => live)),
  });
  shown(arrow.Table.prototype, "table");
  const table = rows.every(({ subgraph }) => subgraph === 0)
    ? main
    : new arrow.Table({ subgraph: int32s(rows.map((row) => row.subgraph)) })
      .assign(main) as unknown as Table<SummaryColumns>;
  const { metadata } = table.schema;
  if (model.warnings !== undefined) metadata.set("warnings", JSON.stringify(model.warnings));
  const folded = foldedOperators(model);
  if (folded.length > 0) metadata.set("folded", JSON.stringify(folded));
  return table;
}

/**
 * What a run of a model does not reach, in words: subgraphs that nothing in it runs, and the signatures
 * that are about them. A signature is chosen with `selectSignature`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { leftOut, zoo } from "tinyloom";
 *
 * assert.deepEqual(leftOut(zoo("mlperf-tiny-ad")), []);
 * ```
 *
 * @category Models
 */
export function leftOut(model: Model): readonly string[] {
  checkArguments("leftOut", { model });
  const reached = new Set(reachable(model));
  return model.otherSubgraphs.flatMap(({ name, operators }, i) => {
    if (reached.has(i + 1)) return [];
    const keys = model.signatures.filter(({ subgraphIndex }) => subgraphIndex === i + 1)
      .map(({ key }) => `"${key}"`);
    const whose = keys.length === 0 ? "" : `, signature ${keys.join(" and ")}`;
    const label = name === "" ? "" : ` "${name}"`;
    return [`subgraph ${i + 1}${label}, ${operators.length} operators${whose}`];
  });
}

function numbers(values: readonly number[]): Vector<Float64> {
  return arrow.vectorFromArray(values, new arrow.Float64());
}

function words(values: readonly string[]): Vector<Dictionary<Utf8, Int32>> {
  return arrow.vectorFromArray(values, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()));
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function present(indices: readonly number[], tensors: readonly Tensor[]): Tensor[] {
  return indices.filter((index) => index !== -1).map((index) => tensors[index]);
}

function shapes(tensors: readonly Tensor[]): string {
  return tensors.map(({ shape }) => shape.length === 0 ? "scalar" : shape.join("x")).join(", ");
}

/** Bytes of the distinct tensors that are neither constants nor state. */
function activationBytes(indices: readonly number[], tensors: readonly Tensor[]): number {
  const activations = present([...new Set(indices)], tensors)
    .filter(({ data, isVariable }) => data === null && !isVariable);
  return sum(activations, sizeBytes);
}

/** The constants of an operator that none before it reads; those that share their bytes are one. */
function ownConstants(
  { inputs }: Operator,
  tensors: readonly Tensor[],
  seen: Set<Uint8Array>,
): readonly Tensor[] {
  return inputs.flatMap((index) => {
    const data = tensors[index]?.data ?? null;
    if (data === null || seen.has(data)) return [];
    seen.add(data);
    return [tensors[index]];
  });
}
