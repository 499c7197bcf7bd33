import { checkArguments } from "../check_arguments.ts";
import { isContradiction } from "./check_operator.ts";
import { dtypeBits } from "./dtype.ts";
import type { Model } from "./model.ts";
import { type Operator, operatorName } from "./operator.ts";
import { hasUnknownExtents, sizeBytes } from "./shape.ts";
import { keptBytes } from "./state.ts";
import { callees } from "./subgraphs.ts";
import type { Tensor } from "./tensor.ts";

// Operators that read constants alone (SHAPE: a tensor of fixed shape) do not run: what they write is
// known before. Exporters write such chains of SHAPE, STRIDED_SLICE, PACK and arithmetic before a
// RESHAPE, and DEQUANTIZE behind float16 weights.

/** Results of at most this many bytes are kept as constants whatever they are made from. */
const SMALL_BYTES = 4096;

/** Larger ones may be so many times as large as what they are made from: int4 becomes float32. */
const MOST_GROWTH = 8;

/** Data of a constant that is known before the run, but that nobody has worked out yet. */
export const NOT_WORKED_OUT: Uint8Array = new Uint8Array(0);

/** Works out what an operator writes; null: it is not known. */
export type Fold = (
  operator: Operator,
  index: number,
  tensors: readonly Tensor[],
) => readonly Uint8Array[] | null;

/** The model with constants for all that is known before it runs; left out, `fold` works out nothing. */
export function withFolded(
  model: Model,
  fold: Fold = ({ outputs }) => outputs.map(() => NOT_WORKED_OUT),
): Model {
  const tensors = [...model.tensors];
  const given = new Set(model.inputs);
  let isSame = true;
  model.operators.forEach((operator, index) => {
    const results = canFold(operator, tensors, given) ? fold(operator, index, tensors) : null;
    if (results === null) return;
    operator.outputs.forEach((tensor, i) => {
      tensors[tensor] = { ...tensors[tensor], data: results[i] };
    });
    isSame = false;
  });
  return isSame ? model : { ...model, tensors };
}

/**
 * What is planned of a model: with constants for all that is known before it runs, and operators whose
 * placeholders of extents contradict each other as ones of which nothing is known.
 */
export function asPlanned(model: Model): Model {
  const { operators, tensors } = model;
  if (!tensors.some(hasUnknownExtents)) return withFolded(model);
  const known = operators.map((operator) =>
    isContradiction(operator, tensors) && callees(operator).length === 0
      ? opaque(operator)
      : operator
  );
  return withFolded({ ...model, operators: known });
}

/** The operator by its name and tensors alone. */
function opaque({ inputs, outputs, version, ...operator }: Operator): Operator {
  return {
    op: "OPAQUE",
    opName: operatorName(operator as Operator),
    code: -1,
    optionTable: null,
    attributes: {},
    customOptions: null,
    inputs,
    outputs,
    version,
  };
}

/** Whether all that an operator writes is known before the run, so that it does not run. */
export function isFolded({ outputs }: Operator, tensors: readonly Tensor[]): boolean {
  return outputs.length > 0 && outputs.every((index) => tensors[index].data !== null);
}

function canFold(
  operator: Operator,
  tensors: readonly Tensor[],
  given: ReadonlySet<number>,
): boolean {
  const inputs = operator.inputs.filter((index) => index !== -1);
  if (operator.op === "OPAQUE" || inputs.length === 0 || operator.outputs.length === 0) {
    return false;
  }
  // Operators that run subgraphs may change what is not among their outputs.
  if (Object.keys(operator.attributes).some((name) => /subgraph/i.test(name))) return false;
  // What an operator writes may depend on the runs before.
  if (keptBytes(operator, tensors) > 0) return false;
  const isKnown = (index: number) => {
    const { data, isSparse, isVariable, dtype } = tensors[index];
    if (isVariable || isSparse || dtypeBits(dtype) === 0) return false;
    return data !== null ||
      operatorName(operator) === "SHAPE" && !hasUnknownExtents(tensors[index]);
  };
  if (!inputs.every(isKnown)) return false;
  const before = inputs.reduce((sum, index) => sum + sizeBytes(tensors[index]), 0);
  const most = Math.max(SMALL_BYTES, MOST_GROWTH * before);
  return operator.outputs.every((index) => {
    const { data, isVariable, dtype } = tensors[index];
    const isFree = data === null && !isVariable && !given.has(index) && dtypeBits(dtype) >= 8;
    const size = sizeBytes(tensors[index]);
    return isFree && size > 0 && size <= most && !hasUnknownExtents(tensors[index]);
  });
}

/**
 * Operators that do not run, because everything that they read is constant (or, of SHAPE, has a fixed
 * shape): their results are computed once, and are constants for planner, engine and deployment.
 *
 * @returns Indices of operators of the main graph.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { foldedOperators, zoo } from "tinyloom";
 *
 * assert.deepEqual(foldedOperators(zoo("mlperf-tiny-ad")), []);
 * ```
 *
 * @category Models
 */
export function foldedOperators(model: Model): readonly number[] {
  checkArguments("foldedOperators", { model });
  const { operators, tensors } = withFolded(model);
  return operators.flatMap((operator, index) => isFolded(operator, tensors) ? [index] : []);
}
