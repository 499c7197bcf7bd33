import { builtinName, CUSTOM } from "./builtin_operators.ts";
import type { OpaqueOperator, Operator, OperatorName } from "./operator.ts";
import { optionTable, optionTableNames } from "./option_tables.ts";
import { shapeFault } from "./shape_rules.ts";
import type { Tensor } from "./tensor.ts";

interface Arity {
  /** Inputs that must be there. */
  readonly needed: number;
  /** Inputs that may follow, or be -1. */
  readonly optional?: number;
  /** 1 if left out; null where an attribute tells. */
  readonly outputs?: number | null;
}

const ARITY: Readonly<Record<OperatorName, Arity>> = {
  ADD: { needed: 2 },
  AVERAGE_POOL_2D: { needed: 1 },
  CONCATENATION: { needed: 1, optional: Infinity },
  CONV_2D: { needed: 2, optional: 1 },
  DEPTHWISE_CONV_2D: { needed: 2, optional: 1 },
  DEQUANTIZE: { needed: 1 },
  EXPAND_DIMS: { needed: 2 },
  FULLY_CONNECTED: { needed: 2, optional: 1 },
  HARD_SWISH: { needed: 1 },
  LEAKY_RELU: { needed: 1 },
  LOGISTIC: { needed: 1 },
  MAX_POOL_2D: { needed: 1 },
  MEAN: { needed: 2 },
  MUL: { needed: 2 },
  PACK: { needed: 1, optional: Infinity },
  PAD: { needed: 2 },
  QUANTIZE: { needed: 1 },
  RELU: { needed: 1 },
  RELU6: { needed: 1 },
  RESHAPE: { needed: 1, optional: 1 },
  RESIZE_NEAREST_NEIGHBOR: { needed: 2 },
  SOFTMAX: { needed: 1 },
  SPLIT: { needed: 2, outputs: null },
  SQUEEZE: { needed: 1 },
  STRIDED_SLICE: { needed: 4 },
  SUB: { needed: 2 },
  SVDF: { needed: 5 },
  TANH: { needed: 1 },
  TRANSPOSE: { needed: 2 },
};

/** The bias, the one input of these that may be -1 although another follows it. */
const BIAS_OF_SVDF = 3;

/**
 * What is wrong with an operator whose tensor indices are in range: counts of inputs and outputs,
 * attributes out of range, shapes that do not fit; null if nothing is.
 */
export function checkOperator(operator: Operator, tensors: readonly Tensor[]): string | null {
  const { inputs, outputs } = operator;
  if (operator.op === "OPAQUE") return opaqueFault(operator);
  const { needed, optional = 0, outputs: results = 1 } = ARITY[operator.op];
  if (inputs.length < needed || inputs.length > needed + optional) {
    const most = optional === 0 ? "" : ` to ${needed + optional}`;
    return `${inputs.length} inputs, needed ${needed}${most}`;
  }
  const mayBeMissing = (index: number) =>
    operator.op === "SVDF" ? index === BIAS_OF_SVDF : optional === 1 && index === needed;
  const missing = inputs.findIndex((tensor, index) => tensor === -1 && !mayBeMissing(index));
  if (missing >= 0) return `input ${missing} is left out (-1) but needed`;
  if (results !== null && outputs.length !== results) {
    return `${outputs.length} outputs, needed ${results}`;
  }
  return shapeFault(operator, {
    inputs: inputs.map((index) => index === -1 ? null : tensors[index]),
    outputs: outputs.map((index) => tensors[index]),
  });
}

/** An opaque operator must be one that `readModel` would read as it stands. */
function opaqueFault({ code, opName, optionTable: table }: OpaqueOperator): string | null {
  if (!Number.isInteger(code) || code < 0 || code > 2 ** 31 - 1) return `operator code ${code}`;
  const name = builtinName(code);
  if (Object.hasOwn(optionTableNames, name)) {
    return `opaque, although ${name} (${code}) has a type of its own`;
  }
  if (code !== CUSTOM && opName !== name) return `operator code ${code}, which is ${name}`;
  if (table !== null && optionTable(table) === undefined) return `unknown option table "${table}"`;
  return null;
}
