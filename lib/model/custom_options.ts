import { encode, toObject } from "../npm/flexbuffers.ts";
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
  const map = bytes === null || bytes.length === 0 ? {} : mapOf(bytes);
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, attributeOf(map, option)]),
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

function mapOf(bytes: Uint8Array): Record<string, unknown> {
  let root: unknown;
  try {
    root = toObject(bytes.slice().buffer);
  } catch (cause) {
    throw new ModelError(`custom options of ${bytes.length} bytes are no flexbuffer`, { cause });
  }
  if (typeof root === "object" && root !== null && !Array.isArray(root)) {
    return root as Record<string, unknown>;
  }
  throw new ModelError(`custom options hold ${typeof root}, needed a map`);
}

/** One attribute; numbers are cut to the kind as a reader in C does. */
function attributeOf(map: Record<string, unknown>, option: CustomOption): AttributeValue {
  const { key, kind, initial = 0 } = option;
  const found = Object.hasOwn(map, key) ? map[key] : undefined;
  const value = found === undefined || found === null ? initial : found;
  if (!["number", "boolean", "bigint"].includes(typeof value)) {
    throw new ModelError(`custom option "${key}" is ${typeof value}, needed ${kind}`);
  }
  const number = Number(value);
  if (kind === "bool") return number !== 0;
  if (kind === "float32") return Math.fround(number);
  if (kind === "int32") return Math.trunc(number) | 0;
  const dtype = dtypes[number];
  if (dtype !== undefined) return dtype;
  throw new ModelError(`custom option "${key}" is ${number}, needed the number of a type`);
}
