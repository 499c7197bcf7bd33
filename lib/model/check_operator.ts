import { builtinName, CUSTOM } from "./builtin_operators.ts";
import { isCustomName } from "./custom_operators.ts";
import { definitionOf, isTyped, operandTensors } from "./definition_of.ts";
import type { OpaqueOperator, Operator } from "./operator.ts";
import { optionTable } from "./option_tables.ts";
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
  const { access } = definition;
  const isOpen = [...operands.inputs, ...operands.outputs].some(hasUnknownExtents);
  // Windows are checked as far as extents are known; of other operators shapes are placeholders.
  const isWindow = access.kind === "window" && access.over === "image";
  const fault = isOpen && !isWindow ? null : definition.check(operator.attributes, operands);
  if (fault !== null || !isOpen) return fault;
  const macs = definition.macs?.(operator.attributes, operands) ?? 0;
  return Number.isFinite(macs) && macs >= 0 ? null : `${macs} multiply-accumulates by its shapes`;
}

/** Whether some extents, but for a batch, are not known until run time. */
function hasUnknownExtents(tensor: Tensor | null | undefined): boolean {
  return tensor?.shapeSignature?.includes(-1, 1) ?? false;
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
