import type { Builder } from "../npm/flatbuffers.ts";
import type { AttributeValue } from "./attributes.ts";
import { builtinCode, CUSTOM } from "./builtin_operators.ts";
import { isCustomName } from "./custom_operators.ts";
import { writeCustomOptions } from "./custom_options.ts";
import { definitionOf } from "./definition_of.ts";
import { dtypes } from "./dtype.ts";
import type { Subgraph } from "./model.ts";
import { ModelError } from "./model_error.ts";
import { type Operator, operatorName } from "./operator.ts";
import { enumerations, type OptionField, type OptionTable, optionTable } from "./option_tables.ts";
import { writeFloat32s, writeInt32s } from "./write_vectors.ts";

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

/** Writes an option table and returns its offset. Attributes left out get their initial values. */
function writeOptions(
  builder: Builder,
  options: { layout: OptionTable; attributes: Readonly<Record<string, AttributeValue>> },
): number {
  const { layout: { fields, name }, attributes } = options;
  for (const attribute of Object.keys(attributes)) {
    if (!fields.some((field) => field.name === attribute)) {
      throw new ModelError(`${name} has no attribute "${attribute}"`);
    }
  }
  const offsets = fields.map((field) => writeOutside(builder, field, attributes[field.name]));
  builder.startObject(fields.length);
  fields.forEach((field, number) => {
    const value = attributes[field.name];
    if (offsets[number] !== 0) builder.addFieldOffset(number, offsets[number], 0);
    else if (value !== undefined) writeScalar(builder, { field, number, value });
  });
  return builder.endObject();
}

/** Strings and vectors stand before the table that names them; 0 for fields within the table. */
function writeOutside(
  builder: Builder,
  field: OptionField,
  value: AttributeValue | undefined,
): number {
  if (typeof value === "string" && field.kind === "string") return builder.createString(value);
  if (!Array.isArray(value)) return 0;
  if (field.kind === "int32s") return writeInt32s(builder, value);
  if (field.kind === "float32s") return writeFloat32s(builder, value);
  return 0;
}

function writeScalar(
  builder: Builder,
  options: { field: OptionField; number: number; value: AttributeValue },
): void {
  const { field: { kind, name, initial }, number, value } = options;
  switch (kind) {
    case "int32":
    case "uint32":
      return builder.addFieldInt32(number, integer(name, value, 32), initial);
    case "int8":
      return builder.addFieldInt8(number, integer(name, value, 8), initial);
    case "int64":
      return builder.addFieldInt64(number, BigInt(integer(name, value, 54)), BigInt(initial));
    case "bool":
      return builder.addFieldInt8(number, Number(value), initial);
    case "float32":
      return builder.addFieldFloat32(number, Number(value), initial);
    case "dtype":
      return builder.addFieldInt8(number, position(name, value, dtypes), initial);
    case "padding":
    case "activation":
    case "weightsFormat":
      return builder.addFieldInt8(number, position(name, value, enumerations[kind]), initial);
    default:
      throw new ModelError(`attribute "${name}" is ${JSON.stringify(value)}, needed ${kind}`);
  }
}

function integer(name: string, value: AttributeValue, bits: number): number {
  const limit = 2 ** (bits - 1);
  if (typeof value === "number" && Number.isInteger(value) && value >= -limit && value < limit) {
    return value;
  }
  throw new ModelError(`attribute "${name}" is ${JSON.stringify(value)}, needed int${bits}`);
}

function position(name: string, value: AttributeValue, names: readonly string[]): number {
  const index = names.indexOf(String(value));
  if (index >= 0) return index;
  throw new ModelError(
    `attribute "${name}" is ${JSON.stringify(value)}, needed one of ${names.join(", ")}`,
  );
}
