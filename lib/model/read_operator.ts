import { throwIfStopped } from "../host.ts";
import type { AttributeValue } from "./attributes.ts";
import { builtinName, CUSTOM } from "./builtin_operators.ts";
import { isCustomName } from "./custom_operators.ts";
import { readCustomOptions } from "./custom_options.ts";
import { definitionOf, isTyped } from "./definition_of.ts";
import type { FlatTable } from "./flat_table.ts";
import { ModelError } from "./model_error.ts";
import type { Operator, OperatorBase } from "./operator.ts";
import { type OptionTable, optionTable, optionTables } from "./option_tables.ts";
import { readOptions } from "./read_options.ts";

/** What operators of one kind share: which kind, in which version. */
export interface OperatorCode {
  readonly code: number;
  readonly customCode: string;
  readonly version: number;
}

const DEPRECATED_CODE = 0;
const CUSTOM_CODE = 1;
const VERSION = 2;
const BUILTIN_CODE = 3;
const CODE_FIELDS = 4;

/** An entry of the file's list of operator codes. */
export function readOperatorCode(table: FlatTable, note: (lost: string) => void): OperatorCode {
  // Codes from 127 on did not fit the old field, which then holds 127; older files lack the new.
  const code = Math.max(table.int8(DEPRECATED_CODE), table.int32(BUILTIN_CODE));
  if (code < 0) {
    throw new ModelError(`operator code ${code}; codes start at 0`, {
      offsetBytes: table.position,
    });
  }
  for (const field of table.fieldsFrom(CODE_FIELDS)) note(`field ${field} of a newer schema`);
  const customCode = table.string(CUSTOM_CODE) ?? "";
  return { code, customCode, version: table.int32(VERSION, 1) };
}

const OPCODE_INDEX = 0;
const INPUTS = 1;
const OUTPUTS = 2;
const OPTIONS_TYPE = 3;
const OPTIONS = 4;
const CUSTOM_OPTIONS = 5;
const CUSTOM_OPTIONS_FORMAT = 6;
const MUTATING_INPUTS = 7;
const INTERMEDIATES = 8;
const LARGE_OPTIONS_OFFSET = 9;
const OPTIONS_2_TYPE = 11;
const OPERATOR_FIELDS = 13;

/** What an operator's table says; `note` hears of everything that an Operator cannot hold. */
export function readOperator(
  table: FlatTable,
  options: { codes: readonly OperatorCode[]; note: (lost: string) => void },
): Operator {
  throwIfStopped();
  const { codes, note } = options;
  const index = table.uint32(OPCODE_INDEX);
  if (index >= codes.length) {
    throw new ModelError(`operator code ${index} of a list of ${codes.length}`, {
      offsetBytes: table.at(OPCODE_INDEX, 4) ?? table.position,
    });
  }
  const { code, customCode, version } = codes[index];
  const base = readBase(table, version);
  for (const field of table.fieldsFrom(OPERATOR_FIELDS)) note(`field ${field} of a newer schema`);
  if (table.uint8(OPTIONS_2_TYPE) !== 0) {
    note(`options ${table.uint8(OPTIONS_2_TYPE)} of the second option union`);
  }
  if (table.int8(CUSTOM_OPTIONS_FORMAT) !== 0) {
    note(`custom options in format ${table.int8(CUSTOM_OPTIONS_FORMAT)}`);
  }
  if (table.int64(LARGE_OPTIONS_OFFSET) > 1) note("custom options outside of the flatbuffer");

  const customOptions = table.bytes(CUSTOM_OPTIONS);
  const name = builtinName(code);
  if (isTyped(name)) {
    if (customOptions !== null) note("custom options of a builtin operator");
    const layoutName = definitionOf(name).optionTable;
    const layout = layoutName === null ? undefined : optionTable(layoutName);
    const attributes = readTyped(table, { name, layout, note });
    return { ...base, op: name, attributes } as Operator;
  }
  const layout = optionTables[table.uint8(OPTIONS_TYPE) - 1];
  if (code === CUSTOM && isCustomName(customCode) && isTyped(customCode)) {
    if (layout !== undefined) note(`${layout.name} of ${customCode}`);
    const { customOptions: options = {} } = definitionOf(customCode);
    const attributes = located(table, () => readCustomOptions(customOptions, options));
    return { ...base, op: customCode, attributes, customOptions } as Operator;
  }
  return {
    ...base,
    op: "OPAQUE",
    opName: code === CUSTOM && customCode !== "" ? customCode : name,
    code,
    optionTable: layout?.name ?? null,
    attributes: readTable(table, { layout, note }),
    customOptions,
  };
}

/** What `read` gives; an error says where the operator stands in the file. */
function located<T>({ position }: FlatTable, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(error.reason, { offsetBytes: position, cause: error.cause });
  }
}

function readBase(table: FlatTable, version: number): OperatorBase {
  const intermediates = table.int32s(INTERMEDIATES);
  const mutatingVariableInputs = table.bools(MUTATING_INPUTS);
  return {
    inputs: table.int32s(INPUTS) ?? [],
    outputs: table.int32s(OUTPUTS) ?? [],
    version,
    ...(intermediates === null || intermediates.length === 0 ? {} : { intermediates }),
    ...(mutatingVariableInputs === null || mutatingVariableInputs.length === 0
      ? {}
      : { mutatingVariableInputs }),
  };
}

function readTyped(
  table: FlatTable,
  options: { name: string; layout?: OptionTable; note: (lost: string) => void },
): Record<string, AttributeValue> {
  const { name, layout, note } = options;
  const type = table.uint8(OPTIONS_TYPE);
  if (type === (layout?.unionType ?? 0)) return readTable(table, { layout, note });
  // Converters leave out options that hold nothing but initial values.
  if (type === 0) return layout === undefined ? {} : readOptions(null, layout);
  const found = optionTables[type - 1]?.name ?? `options of type ${type}`;
  if (layout === undefined || layout.fields.length === 0) {
    note(`${found} of ${name}`);
    return {};
  }
  throw new ModelError(`${name} with ${found}, needed ${layout.name}`, {
    offsetBytes: table.at(OPTIONS_TYPE, 1) ?? table.position,
  });
}

function readTable(
  operator: FlatTable,
  options: { layout?: OptionTable; note: (lost: string) => void },
): Record<string, AttributeValue> {
  const { layout, note } = options;
  if (layout === undefined) {
    const type = operator.uint8(OPTIONS_TYPE);
    if (type !== 0) note(`options of the unknown type ${type}`);
    return {};
  }
  const table = operator.table(OPTIONS);
  for (const field of table?.fieldsFrom(layout.fields.length) ?? []) {
    note(`field ${field} of ${layout.name}`);
  }
  return readOptions(table, layout);
}
