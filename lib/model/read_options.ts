import type { AttributeValue } from "./attributes.ts";
import { dtypes } from "./dtype.ts";
import type { FlatTable } from "./flat_table.ts";
import { ModelError } from "./model_error.ts";
import { enumerations, type FieldKind, type OptionTable } from "./option_tables.ts";

type Attributes = Record<string, AttributeValue>;

/** The fields of an option table by name; a table that is left out has its initial values. */
export function readOptions(table: FlatTable | null, layout: OptionTable): Attributes {
  const attributes: Attributes = {};
  layout.fields.forEach((field, number) => {
    if (field.kind === "deprecated") return;
    attributes[field.name] = table === null
      ? initialValue(field.kind, field.initial)
      : READERS[field.kind](table, number, field.initial);
  });
  return attributes;
}

/** The value of a field that the file leaves out. */
function initialValue(kind: FieldKind, initial: number): AttributeValue {
  switch (kind) {
    case "bool":
      return initial !== 0;
    case "string":
      return "";
    case "int32s":
    case "float32s":
      return [];
    case "dtype":
      return dtypes[initial];
    case "padding":
    case "activation":
    case "weightsFormat":
      return enumerations[kind][initial];
    default:
      return initial;
  }
}

const READERS: Record<
  Exclude<FieldKind, "deprecated">,
  (table: FlatTable, field: number, initial: number) => AttributeValue
> = {
  int32: (table, field, initial) => table.int32(field, initial),
  uint32: (table, field, initial) => table.uint32(field, initial),
  int8: (table, field, initial) => table.int8(field, initial),
  int64: (table, field, initial) => table.int64(field, initial),
  bool: (table, field, initial) => table.bool(field, initial !== 0),
  float32: (table, field, initial) => finite(table, field, table.float32(field, initial)),
  padding: (table, field) => named(table, field, enumerations.padding),
  activation: (table, field) => named(table, field, enumerations.activation),
  weightsFormat: (table, field) => named(table, field, enumerations.weightsFormat),
  dtype: (table, field, initial) => named(table, field, dtypes, initial),
  string: (table, field) => table.string(field) ?? "",
  int32s: (table, field) => table.int32s(field) ?? [],
  float32s: (table, field) => (table.float32s(field) ?? []).map((x) => finite(table, field, x)),
};

/** An enumeration value by its name. */
export function named<Name extends string>(
  table: FlatTable,
  field: number,
  names: readonly Name[],
  initial = 0,
): Name {
  const value = table.int8(field, initial);
  if (value < 0 || value >= names.length) {
    throw new ModelError(
      `value ${value} of an enumeration of ${names.length} names, ${names[0]} to ${names.at(-1)}`,
      { offsetBytes: table.at(field, 1) ?? table.position },
    );
  }
  return names[value];
}

function finite(table: FlatTable, field: number, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new ModelError(`${value} where a finite number is needed`, {
    offsetBytes: table.at(field, 4) ?? table.position,
  });
}
