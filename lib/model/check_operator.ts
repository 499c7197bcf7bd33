import { builtinName, CUSTOM } from "./builtin_operators.ts";
import { isCustomName } from "./custom_operators.ts";
import { definitionOf, isTyped, operandTensors } from "./definition_of.ts";
import type { OpaqueOperator, Operator } from "./operator.ts";
import { optionTable } from "./option_tables.ts";
import { hasUnknownExtents } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * What is wrong with an operator whose tensor indices are in range: counts of inputs and outputs,
 * attributes out of range, shapes that do not fit; null if nothing is.
 */
export function checkOperator(operator: Operator, tensors: readonly Tensor[]): string | null {
  const { inputs, outputs } = operator;
  if (operator.op === "OPAQUE") return opaqueFault(operator);
  const definition = definitionOf(operator.op);
  const { inputs: needed, optionalInputs: optional = 0, outputs: results = 1 } = definition;
  if (inputs.length < needed || inputs.length > needed + optional) {
    const most = optional === 0 ? "" : ` to ${needed + optional}`;
    return `${inputs.length} inputs, needed ${needed}${most}`;
  }
  const mayBeMissing = (index: number) =>
    index >= needed && optional < Infinity || definition.mayBeMissing?.includes(index);
  const missing = inputs.findIndex((tensor, index) => tensor === -1 && !mayBeMissing(index));
  if (missing >= 0) return `input ${missing} is left out (-1) but needed`;
  if (results !== null && outputs.length !== results) {
    return `${outputs.length} outputs, needed ${results}`;
  }
  const operands = operandTensors(operator, tensors);
  const all = [...operands.inputs, ...operands.outputs].filter((each) => each != null);
  if (!all.some(hasUnknownExtents)) return definition.check(operator.attributes, operands);
  const fault = all.some(hasUnknownRank) ? null : definition.check(operator.attributes, {
    inputs: operands.inputs.map((tensor) => tensor && withUnknownExtents(tensor)),
    outputs: operands.outputs.map(withUnknownExtents),
  });
  if (fault !== null) return fault.replaceAll(/\bNaN\b/g, "?");
  const macs = definition.macs?.(operator.attributes, operands) ?? 0;
  return Number.isFinite(macs) && macs >= 0 ? null : `${macs} multiply-accumulates by its shapes`;
}

/** Whether an operator's extents that are not known stand for ones that cannot be all at once. */
export function isContradiction(operator: Operator, tensors: readonly Tensor[]): boolean {
  if (operator.op === "OPAQUE") return false;
  const { inputs, outputs } = operandTensors(operator, tensors);
  const isOpen = [...inputs, ...outputs].some((each) => each != null && hasUnknownExtents(each));
  return isOpen &&
    definitionOf(operator.op).check(operator.attributes, { inputs, outputs }) !== null;
}

/** Whether no dimensions stand for any number of them; numbers by themselves are mostly constants. */
function hasUnknownRank({ shape, data, hasRank }: Tensor): boolean {
  return shape.length === 0 && data === null && !hasRank;
}

/** The tensor with NaN for what is not known: a file's shape holds any number there. */
function withUnknownExtents(tensor: Tensor): Tensor {
  const { shape, shapeSignature } = tensor;
  if (!hasUnknownExtents(tensor)) return tensor;
  const isUnknown = (axis: number) => axis > 0 && shapeSignature![axis] === -1;
  return { ...tensor, shape: shape.map((extent, axis) => isUnknown(axis) ? NaN : extent) };
}

/** An opaque operator must be one that `readModel` would read as it stands. */
function opaqueFault({ code, opName, optionTable: table }: OpaqueOperator): string | null {
  if (!Number.isInteger(code) || code < 0 || code > 2 ** 31 - 1) return `operator code ${code}`;
  const name = code === CUSTOM && isCustomName(opName) ? opName : builtinName(code);
  if (isTyped(name)) {
    return `opaque, although ${name} (${code}) has a type of its own`;
  }
  if (code !== CUSTOM && opName !== name) return `operator code ${code}, which is ${name}`;
  if (table !== null && optionTable(table) === undefined) return `unknown option table "${table}"`;
  return null;
}
