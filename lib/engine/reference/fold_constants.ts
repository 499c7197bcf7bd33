import { type ConstantArray, constantValues, zeroValues } from "../../model/constant.ts";
import { dtypeBits } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import { type Operator, operatorName } from "../../model/operator.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { NumberArray } from "./prepare.ts";
import defer * as one from "./prepare_operator.ts";

/** Results of at most this many bytes are kept as constants whatever they are made from. */
const SMALL_BYTES = 4096;

/** Larger ones may be so many times as large as what they are made from: int8 becomes float32. */
const MOST_GROWTH = 4;

/**
 * The model with the results of operators that read constants alone, as their reference computes them:
 * chains of SHAPE, STRIDED_SLICE, PACK and arithmetic before a RESHAPE, float16 weights behind
 * DEQUANTIZE. The operators keep their places, and write constants (`isFolded`).
 */
export function foldConstants(model: Model): Model {
  const tensors = [...model.tensors];
  const given = new Set(model.inputs);
  let changed = false;
  for (const operator of model.operators) {
    const results = canFold(operator, tensors, given) ? resultsOf(operator, tensors) : null;
    results?.forEach((data, i) => {
      const index = operator.outputs[i];
      tensors[index] = { ...tensors[index], data };
      changed = true;
    });
  }
  return changed ? { ...model, tensors } : model;
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
  const isKnown = (index: number) => {
    const { data, isSparse, isVariable, dtype } = tensors[index];
    if (isVariable || isSparse || dtypeBits(dtype) === 0) return false;
    return data !== null || isShape(operator) && hasFixedShape(tensors[index]);
  };
  if (!inputs.every(isKnown)) return false;
  const sizes = operator.outputs.map((index) => sizeBytes(tensors[index]));
  const before = inputs.reduce((sum, index) => sum + (tensors[index].data?.length ?? 0), 0);
  const most = Math.max(SMALL_BYTES, MOST_GROWTH * before);
  return operator.outputs.every((index, i) => {
    const { data, isVariable, dtype } = tensors[index];
    const isFree = data === null && !isVariable && !given.has(index) && dtypeBits(dtype) > 0;
    return isFree && sizes[i] > 0 && sizes[i] <= most && hasFixedShape(tensors[index]);
  });
}

function isShape(operator: Operator): boolean {
  return operatorName(operator) === "SHAPE";
}

function hasFixedShape({ shapeSignature }: Tensor): boolean {
  return !(shapeSignature?.includes(-1, 1) ?? false);
}

/** The bytes of each output; null if the operator is not defined for its operands. */
function resultsOf(operator: Operator, tensors: readonly Tensor[]): Uint8Array[] | null {
  const nothing = new Int8Array(0);
  try {
    const kernel = one.prepareOperator(operator, tensors);
    const inputs = operator.inputs.map((index) => {
      const known = index === -1 || tensors[index].data === null;
      return known ? nothing : constantValues(tensors[index]);
    });
    const outputs = operator.outputs.map((index): ConstantArray => {
      const { dtype, shape } = tensors[index];
      return zeroValues(dtype, elements(shape));
    });
    kernel(inputs as NumberArray[], outputs as NumberArray[]);
    // What takes less than a byte is unpacked in arrays, but not in constants.
    if (operator.outputs.some((index, i) => outputs[i].byteLength !== sizeBytes(tensors[index]))) {
      return null;
    }
    return outputs.map(({ buffer, byteOffset, byteLength }) =>
      new Uint8Array(buffer, byteOffset, byteLength)
    );
  } catch (error) {
    // It is refused, with its place, by whoever runs the model.
    if (error instanceof EngineError || error instanceof RangeError || error instanceof TypeError) {
      return null;
    }
    throw error;
  }
}

/** Whether all that an operator writes is known before the model runs. */
export function isFolded({ outputs }: Operator, tensors: readonly Tensor[]): boolean {
  return outputs.length > 0 && outputs.every((index) => tensors[index].data !== null);
}
