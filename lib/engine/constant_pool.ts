import { loadOf, start } from "../kernel/kernel_builder.ts";
import type { Region, Value } from "../kernel/kernel.ts";

/** Elements of a vector of 16 bytes. */
type VectorElements =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Weights and tables of all kernels, one after the other in their space. */
export class ConstantPool {
  readonly #parts: {
    readonly name: string;
    readonly offset: number;
    readonly bytes: Uint8Array;
  }[] = [];
  readonly #vectors = new Map<string, Value>();
  readonly #floats = new Map<number, Value>();
  readonly #alignmentBytes: number;
  /** Places by their content, null where each is kept. */
  readonly #shared: Map<string, Region[]> | null;
  #length = 0;

  /**
   * `alignmentBytes`: what places are multiples of unless they ask for something else; `isShared`:
   * whether the same bytes are kept once.
   */
  constructor({ alignmentBytes = 16, isShared = false } = {}) {
    this.#alignmentBytes = alignmentBytes;
    this.#shared = isShared ? new Map() : null;
  }

  /** Bytes so far. */
  get sizeBytes(): number {
    return this.#length;
  }

  /** What lies where, in order. */
  get parts(): readonly {
    readonly name: string;
    readonly offset: number;
    readonly sizeBytes: number;
  }[] {
    return this.#parts.map(({ name, offset, bytes }) => ({
      name,
      offset,
      sizeBytes: bytes.length,
    }));
  }

  /**
   * Places bytes at a multiple of the pool's alignment, or of another; they are not copied until `bytes`
   * is asked for. Those that a kernel writes (`isWritten`) are not shared.
   */
  place(
    name: string,
    bytes: Uint8Array,
    { alignmentBytes = this.#alignmentBytes, isWritten = false } = {},
  ): Region {
    const isOwn = this.#shared === null || isWritten;
    const key = isOwn ? "" : `${alignmentBytes} ${bytes.length} ${hashOf(bytes)}`;
    const same = isOwn ? undefined : this.#shared!.get(key)?.find(({ offsetBytes }) => {
      const part = this.#parts.find(({ offset }) => offset === offsetBytes)!;
      return bytes.every((byte, i) => byte === part.bytes[i]);
    });
    if (same !== undefined) return same;
    const offset = Math.ceil(this.#length / alignmentBytes) * alignmentBytes;
    this.#parts.push({ name, offset, bytes });
    this.#length = offset + bytes.length;
    const region: Region = {
      name,
      space: "constants",
      offsetBytes: offset,
      sizeBytes: bytes.length,
      check: null,
    };
    if (!isOwn) this.#shared!.set(key, [...this.#shared!.get(key) ?? [], region]);
    return region;
  }

  /**
   * A vector of 16 bytes, kept once, as a load from a constant address: one instruction without a
   * bounds check, where a constant in the code takes several.
   */
  vector(elements: VectorElements): Value {
    const words = new Int32Array(elements.buffer, elements.byteOffset, 4);
    return this.#once(words.join(), () => elements);
  }

  /** The same i32 in all lanes, as `vector` gives it. */
  splat32(value: number): Value {
    return this.#once(`i32 ${value}`, () => new Int32Array(4).fill(value));
  }

  /** The same i16 in all lanes, as `vector` gives it. */
  splat16(value: number): Value {
    return this.#once(`i16 ${value}`, () => new Int16Array(8).fill(value));
  }

  /** The same i8 in all lanes, as `vector` gives it. */
  splat8(value: number): Value {
    return this.#once(`i8 ${value}`, () => new Int8Array(16).fill(value));
  }

  /** The same i64 in both lanes, as `vector` gives it. */
  splat64(value: bigint): Value {
    return this.#once(`i64 ${value}`, () => new BigInt64Array(2).fill(value));
  }

  /** The same f32 in all lanes, as `vector` gives it. */
  splatF32(value: number): Value {
    const splat = this.#floats.get(value) ??
      this.#once(`f32 ${value}`, () => new Float32Array(4).fill(value));
    this.#floats.set(value, splat);
    return splat;
  }

  #once(key: string, elements: () => VectorElements): Value {
    const known = this.#vectors.get(key);
    if (known !== undefined) return known;
    const values = elements();
    const bytes = new Uint8Array(values.buffer, values.byteOffset, 16);
    const region = this.place(`[${values.join(" ")}]`, bytes);
    const load = loadOf("v128.load", { region, address: start(region) });
    this.#vectors.set(key, load);
    return load;
  }

  /** Writes everything into memory that begins with the space's first byte. */
  writeTo(space: Uint8Array): void {
    for (const { offset, bytes } of this.#parts) space.set(bytes, offset);
  }
}

/** FNV-1a, which tells most contents apart. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
