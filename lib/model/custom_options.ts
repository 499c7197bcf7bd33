import { encode, toReference } from "../npm/flexbuffers.ts";
import type { AttributeValue } from "./attributes.ts";
import { dtypes } from "./dtype.ts";
import { ModelError } from "./model_error.ts";

/**
 * How an attribute of a custom operator stands in the map of its options, which is a flexbuffer.
 *
 * @category Models
 */
export interface CustomOption {
  /** Its name in the map. */
  readonly key: string;
  /** What it is read as; `dtype` is the number of a type. */
  readonly kind: "int32" | "bool" | "float32" | "dtype";
  /** Its value where the map lacks it; 0, false, float32 if absent. */
  readonly initial?: number | boolean;
}

/** The options of a custom operator by attribute. */
export type CustomOptions = Readonly<Record<string, CustomOption>>;

type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * The attributes that the bytes of a custom operator's options say; without bytes all have their
 * initial values.
 *
 * @throws {ModelError} for bytes that are no flexbuffer with a map, or a value of another kind.
 */
export function readCustomOptions(bytes: Uint8Array | null, options: CustomOptions): Attributes {
  const values = bytes === null || bytes.length === 0 ? null : valuesOf(bytes, options);
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      values?.get(name) ?? initialValue(option),
    ]),
  );
}

/**
 * The bytes of a custom operator's options: those it was read from, as long as they say the same as
 * its attributes; else a map of the attributes. Null where there is nothing to say.
 */
export function writeCustomOptions(
  attributes: Attributes,
  { bytes, options }: { readonly bytes: Uint8Array | null; readonly options: CustomOptions },
): Uint8Array | null {
  const read = readCustomOptions(bytes, options);
  if (Object.keys(options).every((name) => read[name] === attributes[name])) return bytes;
  // In the order of the keys' bytes, as a map's readers expect them.
  const entries = Object.entries(options).map(([name, { key, kind }]) => {
    const value = attributes[name];
    return [key, kind === "dtype" ? dtypes.findIndex((dtype) => dtype === value) : value] as const;
  });
  return encode(Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : 1)));
}

type Reference = ReturnType<typeof toReference>;

/** The values of a map that are asked for; the others are not looked at. */
function valuesOf(
  bytes: Uint8Array,
  options: CustomOptions,
): ReadonlyMap<string, AttributeValue> {
  try {
    const root = toReference(bytes.slice().buffer);
    if (!root.isMap()) throw new ModelError("custom options hold no map");
    return new Map(
      Object.entries(options).flatMap(([name, option]) => {
        const found = entryOf(root, option.key);
        const value = found === null ? null : valueOf(found, option);
        return value === null ? [] : [[name, value]];
      }),
    );
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(`custom options of ${bytes.length} bytes are no flexbuffer`, { cause });
  }
}

/** An entry of a map; null if there is none. */
function entryOf(map: Reference, key: string): Reference | null {
  try {
    // Keys are given as text, which the types of the package do not say.
    return map.get(key as unknown as number);
  } catch (error) {
    if (typeof error === "string") return null;
    throw error;
  }
}

/** A value as its kind, numbers cut as a reader in C does; null where there is none. */
function valueOf(found: Reference, { key, kind }: CustomOption): AttributeValue | null {
  if (found.isNull()) return null;
  const value = found.boolValue() ?? found.floatValue() ?? found.intValue();
  if (value === null) throw new ModelError(`custom option "${key}" is no number, needed ${kind}`);
  const number = Number(value);
  if (kind === "bool") return number !== 0;
  if (kind === "float32") return Math.fround(number);
  if (kind === "int32") return Math.trunc(number) | 0;
  const dtype = dtypes[number];
  if (dtype !== undefined) return dtype;
  throw new ModelError(`custom option "${key}" is ${number}, needed the number of a type`);
}

function initialValue({ kind, initial = 0 }: CustomOption): AttributeValue {
  return kind === "dtype" ? dtypes[Number(initial)] : kind === "bool" ? initial !== 0 : initial;
}
