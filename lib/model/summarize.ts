import defer * as arrow from "../npm/arrow.ts";
import type { Dictionary, Float64, Int32, Table, TypeMap, Utf8, Vector } from "../npm/arrow.ts";
import { foldedOperators } from "./folding.ts";
import { liveBytes } from "./live_bytes.ts";
import { operatorMacs } from "./macs.ts";
import type { Model } from "./model.ts";
import { type Operator, operatorName } from "./operator.ts";
import { sizeBytes } from "./shape.ts";
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
  const { operators, tensors } = model;
  const live = liveBytes(model);
  const constants = ownConstants(model);
  const outputsOf = (operator: Operator) => operator.outputs.map((index) => tensors[index]);
  const table = new arrow.Table<SummaryColumns>({
    index: arrow.vectorFromArray(operators.map((_, index) => index), new arrow.Int32()),
    operator: words(operators.map(operatorName)),
    inputShapes: arrow.vectorFromArray(
      operators.map((operator) => shapes(present(operator.inputs, tensors))),
      new arrow.Utf8(),
    ),
    outputShape: arrow.vectorFromArray(
      operators.map((op) => shapes(outputsOf(op))),
      new arrow.Utf8(),
    ),
    dtype: words(operators.map((operator) => outputsOf(operator)[0]?.dtype ?? "")),
    macs: arrow.vectorFromArray(
      operators.map((operator) => operatorMacs(operator, tensors)),
      new arrow.Float64(),
    ),
    parameters: numbers(constants.map((own) => sum(own, parametersOf))),
    weightsBytes: numbers(constants.map((own) => sum(own, ({ data }) => data?.length ?? 0))),
    inputBytes: numbers(operators.map((operator) => activationBytes(operator.inputs, tensors))),
    outputBytes: numbers(operators.map((operator) => activationBytes(operator.outputs, tensors))),
    liveBytes: numbers(live),
  });
  const { metadata } = table.schema;
  if (model.warnings !== undefined) metadata.set("warnings", JSON.stringify(model.warnings));
  const folded = foldedOperators(model);
  if (folded.length > 0) metadata.set("folded", JSON.stringify(folded));
  return table;
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

/** For each operator the constants that no operator before it reads. */
function ownConstants({ operators, tensors }: Model): Tensor[][] {
  const seen = new Set<number>();
  return operators.map(({ inputs }) =>
    inputs.flatMap((index) => {
      if (index === -1 || tensors[index].data === null || seen.has(index)) return [];
      seen.add(index);
      return [tensors[index]];
    })
  );
}
