import type { Builder } from "../npm/flatbuffers.ts";
import type { AttributeValue } from "./attributes.ts";
import { dtypes } from "./dtype.ts";
import { ModelError } from "./model_error.ts";
import { writeFloat32s, writeInt32s } from "./write_vectors.ts";
import { enumerations, type OptionField, type OptionTable } from "./option_tables.ts";

/** Writes an option table and returns its offset. Attributes left out get their initial values. */
export function writeOptions(
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
