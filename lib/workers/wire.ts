// Plain data as text: JSON, and what JSON lacks. Arrays that are large go beside it, each once.

/** A value as text, and the large arrays that it names. */
export interface Packed {
  readonly text: string;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

const LARGE_BYTES = 16 * 1024;
/** The one key of an object that stands for something else. */
const MARK = "$tinyloom";

const arrays = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;
export type ArrayName = keyof typeof arrays;
export type AnyArray = InstanceType<(typeof arrays)[ArrayName]>;

type Mark =
  | { readonly number: string }
  | { readonly array: ArrayName; readonly base64: string }
  | { readonly array: ArrayName; readonly blob: string };

/**
 * Plain data as text; what has no own value in JSON (infinities, minus zero, typed arrays) is marked.
 *
 * @throws {TypeError} for a function, a symbol, a big integer, or an object of a class.
 */
export async function pack(value: unknown): Promise<Packed> {
  const blobs = new Map<string, Uint8Array>();
  const marks = new Map<AnyArray, Mark>();
  for (const array of arraysIn(value)) {
    if (marks.has(array)) continue;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const name = nameOf(array);
    if (bytes.length < LARGE_BYTES) {
      marks.set(array, { array: name, base64: ownCopy(bytes).toBase64() });
    } else {
      const blob = await sha256Of(bytes);
      blobs.set(blob, bytes);
      marks.set(array, { array: name, blob });
    }
  }
  const plain = (given: unknown): unknown => {
    if (typeof given === "number") {
      const isJson = Number.isFinite(given) && !Object.is(given, -0);
      return isJson ? given : { [MARK]: { number: Object.is(given, -0) ? "-0" : String(given) } };
    }
    if (isArray(given)) return { [MARK]: marks.get(given) };
    if (Array.isArray(given)) return given.map(plain);
    if (typeof given !== "object" || given === null) {
      if (!["function", "symbol", "bigint"].includes(typeof given)) return given;
      throw new TypeError(`a task holds a ${typeof given}, needed plain data`);
    }
    return Object.fromEntries(fieldsOf(given).map(([key, each]) => [key, plain(each)]));
  };
  return { text: JSON.stringify(plain(value)) ?? "null", blobs };
}

/**
 * The value of a text.
 *
 * @param arrayOf gives the bytes of a digest; for the same digest and kind always the same array.
 */
export function unpack(
  text: string,
  arrayOf: (sha256: string, kind: ArrayName) => AnyArray,
): unknown {
  return JSON.parse(text, (_, value) => {
    const mark = value?.[MARK] as Mark | undefined;
    if (mark === undefined) return value;
    if ("number" in mark) return Number(mark.number);
    if ("blob" in mark) return arrayOf(mark.blob, mark.array);
    return viewOf(Uint8Array.fromBase64(mark.base64), mark.array);
  });
}

/** Bytes as an array of a kind. */
export function viewOf(bytes: Uint8Array, kind: ArrayName): AnyArray {
  const Kind = arrays[kind];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % Kind.BYTES_PER_ELEMENT === 0
    ? bytes
    : bytes.slice();
  return new Kind(buffer as ArrayBuffer, byteOffset, byteLength / Kind.BYTES_PER_ELEMENT);
}

/** SHA-256 of bytes as text. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", ownCopy(bytes))).toHex();
}

function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
}

function* arraysIn(value: unknown): Generator<AnyArray> {
  if (isArray(value)) yield value;
  else if (Array.isArray(value)) { for (const each of value) yield* arraysIn(each); }
  else if (typeof value === "object" && value !== null) {
    for (const [, each] of fieldsOf(value)) yield* arraysIn(each);
  }
}

function fieldsOf(value: object): [string, unknown][] {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.entries(value);
  throw new TypeError(`a task holds a ${prototype.constructor?.name}, needed plain data`);
}

function isArray(value: unknown): value is AnyArray {
  return ArrayBuffer.isView(value) && nameOf(value) in arrays;
}

function nameOf(value: object): ArrayName {
  return value.constructor.name as ArrayName;
}
