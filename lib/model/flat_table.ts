import {
  CUT_OFF,
  fail,
  type FlatFile,
  need,
  reached,
  safeInteger,
  spend,
  target,
} from "./flat_file.ts";
import { ModelError } from "./model_error.ts";
import { otherKind } from "./other_kinds.ts";

/** Elements of a vector: where the first lies, and how many there are. */
interface Span {
  readonly position: number;
  readonly length: number;
}

const decoder = new TextDecoder();

/** Opens a file with the identifier given, such as "TFL3", at its root table. */
export function openFlatFile(bytes: Uint8Array, options: { identifier: string }): FlatTable {
  const { identifier } = options;
  const kind = otherKind(bytes);
  const instead = kind === null ? "" : `; ${kind}`;
  if (bytes.length < 8) {
    throw new ModelError(`a file of ${bytes.length} bytes; the header alone takes 8${instead}`, {
      offsetBytes: bytes.length,
    });
  }
  const found = String.fromCharCode(...bytes.subarray(4, 8));
  if (found !== identifier) {
    throw new ModelError(`identifier ${JSON.stringify(found)}, needed "${identifier}"${instead}`, {
      offsetBytes: 4,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file = { bytes, view, budget: { bytes: 4 * bytes.length + 65536 }, reach: { end: 8 } };
  return new FlatTable(file, target(file, 0));
}

/** A table of a file: fields by their number in the schema. */
export class FlatTable {
  readonly file: FlatFile;
  /** Where in the file the table lies. */
  readonly position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;
  readonly #tableBytes: number;

  constructor(file: FlatFile, position: number) {
    need(file, { position, sizeBytes: 4, what: "a table" });
    const vtable = position - file.view.getInt32(position, true);
    need(file, { position: vtable, sizeBytes: 4, what: "a vtable", from: position });
    const vtableBytes = file.view.getUint16(vtable, true);
    const tableBytes = file.view.getUint16(vtable + 2, true);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0) {
      fail(vtable, `a vtable of ${vtableBytes} bytes; it takes an even number, at least 4`);
    }
    if (tableBytes < 4) fail(vtable + 2, `a table of ${tableBytes} bytes; it takes at least 4`);
    need(file, { position: vtable, sizeBytes: vtableBytes, what: "a vtable", from: position });
    need(file, { position, sizeBytes: tableBytes, what: "a table" });
    spend(file, tableBytes, position);
    this.file = file;
    this.position = position;
    this.#vtable = vtable;
    this.#vtableBytes = vtableBytes;
    this.#tableBytes = tableBytes;
  }

  /** Where a field of the size given lies, or null if the table leaves it out. */
  at(field: number, fieldBytes: number): number | null {
    const entry = 4 + 2 * field;
    if (entry >= this.#vtableBytes) return null;
    const offset = this.file.view.getUint16(this.#vtable + entry, true);
    if (offset === 0) return null;
    if (offset < 4 || offset + fieldBytes > this.#tableBytes) {
      fail(
        this.#vtable + entry,
        `field ${field} at offset ${offset} takes ${fieldBytes} bytes of a table of ${this.#tableBytes}`,
      );
    }
    return this.position + offset;
  }

  /** Numbers of the fields present at or above `known`, which only a newer schema can explain. */
  fieldsFrom(known: number): number[] {
    const fields = (this.#vtableBytes - 4) / 2;
    if (fields <= known) return [];
    spend(this.file, 2 * (fields - known), this.position);
    const present = [];
    for (let field = known; field < fields; field++) {
      if (this.file.view.getUint16(this.#vtable + 4 + 2 * field, true) !== 0) present.push(field);
    }
    return present;
  }

  int8(field: number, initial = 0): number {
    const at = this.at(field, 1);
    return at === null ? initial : this.file.view.getInt8(at);
  }

  uint8(field: number, initial = 0): number {
    const at = this.at(field, 1);
    return at === null ? initial : this.file.view.getUint8(at);
  }

  bool(field: number, initial = false): boolean {
    return this.uint8(field, Number(initial)) !== 0;
  }

  int32(field: number, initial = 0): number {
    const at = this.at(field, 4);
    return at === null ? initial : this.file.view.getInt32(at, true);
  }

  uint32(field: number, initial = 0): number {
    const at = this.at(field, 4);
    return at === null ? initial : this.file.view.getUint32(at, true);
  }

  float32(field: number, initial = 0): number {
    const at = this.at(field, 4);
    return at === null ? initial : this.file.view.getFloat32(at, true);
  }

  /** A 64-bit integer, which must fit a number exactly. */
  int64(field: number, initial = 0): number {
    const at = this.at(field, 8);
    return at === null ? initial : safeInteger(this.file, at);
  }

  table(field: number): FlatTable | null {
    const at = this.at(field, 4);
    return at === null ? null : new FlatTable(this.file, target(this.file, at));
  }

  string(field: number): string | null {
    const span = this.#vector(field, 1);
    if (span === null) return null;
    spend(this.file, span.length, span.position);
    return decoder.decode(
      this.file.bytes.subarray(span.position, span.position + span.length),
    );
  }

  /** A vector of bytes as a view of the file: nothing is copied. */
  bytes(field: number): Uint8Array | null {
    const span = this.#vector(field, 1);
    if (span === null) return null;
    return this.file.bytes.subarray(span.position, span.position + span.length);
  }

  int32s(field: number): number[] | null {
    return this.#values(field, 4, (at) => this.file.view.getInt32(at, true));
  }

  float32s(field: number): number[] | null {
    return this.#values(field, 4, (at) => this.file.view.getFloat32(at, true));
  }

  int64s(field: number): number[] | null {
    return this.#values(field, 8, (at) => safeInteger(this.file, at));
  }

  bools(field: number): boolean[] | null {
    return this.#values(field, 1, (at) => this.file.view.getUint8(at) !== 0);
  }

  tables(field: number): FlatTable[] {
    const tables = this.#values(
      field,
      4,
      (at) => new FlatTable(this.file, target(this.file, at)),
    );
    return tables ?? [];
  }

  #values<T>(field: number, elementBytes: number, read: (at: number) => T): T[] | null {
    const span = this.#vector(field, elementBytes);
    if (span === null) return null;
    spend(this.file, span.length * elementBytes, span.position);
    const values: T[] = [];
    for (let i = 0; i < span.length; i++) values.push(read(span.position + i * elementBytes));
    return values;
  }

  #vector(field: number, elementBytes: number): Span | null {
    const at = this.at(field, 4);
    if (at === null) return null;
    const vector = target(this.file, at);
    const length = this.file.view.getUint32(vector, true);
    const position = vector + 4;
    if (length * elementBytes > this.file.bytes.length - position) {
      fail(
        vector,
        `a vector of ${length} elements of ${elementBytes} bytes runs past the end of the file ` +
          `(${this.file.bytes.length} bytes)${CUT_OFF}`,
      );
    }
    reached(this.file, position + length * elementBytes);
    return { position, length };
  }
}
