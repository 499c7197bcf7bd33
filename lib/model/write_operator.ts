import type { Builder } from "../npm/flatbuffers.ts";
import { builtinCode, CUSTOM } from "./builtin_operators.ts";
import { isCustomName } from "./custom_operators.ts";
import { writeCustomOptions } from "./custom_options.ts";
import { definitionOf } from "./definition_of.ts";
import { type Operator, operatorName } from "./operator.ts";
import { optionTable } from "./option_tables.ts";
import type { Subgraph } from "./model.ts";
import { writeInt32s } from "./write_vectors.ts";
import { writeOptions } from "./write_options.ts";

/** The file's list of operator codes: one for each kind and version of operator. */
export interface OperatorCodes {
  /** The first operator of every code, in the list's order. */
  readonly first: readonly Operator[];
  /** Number of an operator's code in the list. */
  readonly indexOf: (operator: Operator) => number;
}

/** Collects the codes of all operators. */
export function collectCodes(subgraphs: readonly Subgraph[]): OperatorCodes {
  const numbers = new Map<string, number>();
  const first: Operator[] = [];
  for (const operator of subgraphs.flatMap(({ operators }) => operators)) {
    const key = codeKey(operator);
    if (numbers.has(key)) continue;
    numbers.set(key, first.length);
    first.push(operator);
  }
  return { first, indexOf: (operator) => numbers.get(codeKey(operator))! };
}

function codeKey(operator: Operator): string {
  return JSON.stringify([codeOf(operator), operatorName(operator), operator.version]);
}

function codeOf(operator: Operator): number {
  if (operator.op === "OPAQUE") return operator.code;
  return isCustomName(operator.op) ? CUSTOM : builtinCode(operator.op);
}

// Codes above it do not fit the field of one byte that older readers know.
const LARGEST_OLD_CODE = 127;

/** Writes an entry of the list of operator codes and returns its offset. */
export function writeOperatorCode(builder: Builder, operator: Operator): number {
  const code = codeOf(operator);
  const custom = code === CUSTOM ? builder.createString(operatorName(operator)) : 0;
  builder.startObject(4);
  builder.addFieldInt8(0, Math.min(code, LARGEST_OLD_CODE), 0);
  builder.addFieldOffset(1, custom, 0);
  builder.addFieldInt32(2, operator.version, 1);
  builder.addFieldInt32(3, code, 0);
  return builder.endObject();
}

/** Writes an operator and returns its offset. */
export function writeOperator(
  builder: Builder,
  options: { operator: Operator; codes: OperatorCodes },
): number {
  const { operator, codes } = options;
  const { inputs, outputs, intermediates, mutatingVariableInputs } = operator;
  const layoutName = operator.op === "OPAQUE"
    ? operator.optionTable
    : definitionOf(operator.op).optionTable;
  const layout = layoutName === null ? undefined : optionTable(layoutName);
  const custom = customBytes(operator);
  const inputsAt = writeInt32s(builder, inputs);
  const outputsAt = writeInt32s(builder, outputs);
  const optionsAt = layout === undefined
    ? 0
    : writeOptions(builder, { layout, attributes: { ...operator.attributes } });
  const customAt = custom === null ? 0 : builder.createByteVector(custom);
  const mutatingAt = mutatingVariableInputs === undefined
    ? 0
    : builder.createByteVector(Uint8Array.from(mutatingVariableInputs, Number));
  const intermediatesAt = intermediates === undefined ? 0 : writeInt32s(builder, intermediates);
  builder.startObject(13);
  builder.addFieldInt32(0, codes.indexOf(operator), 0);
  builder.addFieldOffset(1, inputsAt, 0);
  builder.addFieldOffset(2, outputsAt, 0);
  builder.addFieldInt8(3, layout?.unionType ?? 0, 0);
  builder.addFieldOffset(4, optionsAt, 0);
  builder.addFieldOffset(5, customAt, 0);
  builder.addFieldOffset(7, mutatingAt, 0);
  builder.addFieldOffset(8, intermediatesAt, 0);
  return builder.endObject();
}

function customBytes(operator: Operator): Uint8Array | null {
  if (operator.op === "OPAQUE") return operator.customOptions;
  const { customOptions: options } = definitionOf(operator.op);
  if (options === undefined) return null;
  const bytes = operator.customOptions ?? null;
  return writeCustomOptions({ ...operator.attributes }, { bytes, options });
}
