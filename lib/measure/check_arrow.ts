/**
 * Refuses an Arrow IPC file whose own description does not fit into it, before a reader believes it:
 * vectors longer than the file, tables within themselves, more rows than there are bits.
 *
 * @throws {RangeError} saying what does not fit.
 *
 * Source: Apache Arrow, File.fbs, Message.fbs and Schema.fbs; FlatBuffers, "Internals".
 */
export function checkArrow(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - MAGIC_BYTES - 4;
  const footerBytes = view.getInt32(end, true);
  if (footerBytes < 0 || footerBytes > end) {
    throw new RangeError(`its footer has ${footerBytes} bytes of ${bytes.length}`);
  }
  const footer = new Tables(bytes.subarray(end - footerBytes, end));
  const root = footer.root();
  footer.schema(root, 1);
  footer.keyValues(root, 4);
  for (const [field, kind] of [[2, DICTIONARY_BATCH], [3, RECORD_BATCH]]) {
    for (const block of footer.vector(root, field, BLOCK_BYTES)) {
      const offset = footer.long(block);
      const [metadataBytes, bodyBytes] = [footer.int(block + 8), footer.long(block + 16)];
      if (offset < 0 || metadataBytes < 8 || bodyBytes < 0) {
        throw new RangeError(`a block of ${metadataBytes} and ${bodyBytes} bytes at ${offset}`);
      }
      if (offset + metadataBytes + bodyBytes > end - footerBytes) {
        throw new RangeError(`a block ends at byte ${offset + metadataBytes + bodyBytes}, no more`);
      }
      checkMessage(bytes, { offset, metadataBytes, kind });
    }
  }
}

const MAGIC_BYTES = 6;
const BLOCK_BYTES = 24;
const NODE_BYTES = 16;
/** In front of a message's length, since format 0.15. */
const CONTINUATION = -1;
const RECORD_BATCH = 3;
const DICTIONARY_BATCH = 2;

/** A reader waits for ever for a message of the right kind. */
function checkMessage(
  bytes: Uint8Array,
  { offset, metadataBytes, kind }: {
    readonly offset: number;
    readonly metadataBytes: number;
    readonly kind: number;
  },
): void {
  const message = bytes.subarray(offset, offset + metadataBytes);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const at = view.getInt32(0, true) === CONTINUATION ? 8 : 4;
  const length = view.getInt32(at - 4, true);
  if (length < 4 || at + length > metadataBytes) {
    throw new RangeError(`a message of ${length} bytes in ${metadataBytes}`);
  }
  const tables = new Tables(message.subarray(at, at + length));
  const root = tables.root();
  const header = tables.table(root, 2);
  const batch = header === null || kind === RECORD_BATCH ? header : tables.table(header, 1);
  if (tables.byte(root, 1) !== kind || batch === null) {
    throw new RangeError(`a block of kind ${tables.byte(root, 1)}, needed ${kind}`);
  }
  tables.keyValues(root, 4);
  const rows = [
    tables.longField(batch, 0),
    ...[...tables.vector(batch, 1, NODE_BYTES)].flatMap((
      node,
    ) => [tables.long(node), tables.long(node + 8)]),
  ];
  // Those of columns without values take no bits, but the other columns of a table do.
  const most = rows.find((count) => count < 0 || count > 8 * bytes.length);
  if (most !== undefined) throw new RangeError(`${most} rows in ${bytes.length} bytes`);
  for (const _ of tables.vector(batch, 2, NODE_BYTES));
  for (const _ of tables.vector(batch, 4, 8));
}

/** FlatBuffers tables, read only where there are bytes (a DataView throws else), each but once. */
class Tables {
  readonly #view: DataView;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // A table takes at least 4 bytes.
    this.#left = bytes.length / 4;
  }

  root(): number {
    return this.#visit(this.#view.getUint32(0, true));
  }

  #visit(table: number): number {
    if (--this.#left < 0) throw new RangeError("its tables hold themselves");
    return table;
  }

  int(at: number): number {
    return this.#view.getInt32(at, true);
  }

  long(at: number): number {
    return Number(this.#view.getBigInt64(at, true));
  }

  /** Where a field's value is; null: it is left out. */
  #field(table: number, index: number): number | null {
    const vtable = table - this.#view.getInt32(table, true);
    const entry = 4 + 2 * index;
    if (entry + 2 > this.#view.getUint16(vtable, true)) return null;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? null : table + offset;
  }

  byte(table: number, index: number): number {
    const at = this.#field(table, index);
    return at === null ? 0 : this.#view.getUint8(at);
  }

  longField(table: number, index: number): number {
    const at = this.#field(table, index);
    return at === null ? 0 : this.long(at);
  }

  table(table: number, index: number): number | null {
    const at = this.#field(table, index);
    return at === null ? null : this.#visit(at + this.#view.getUint32(at, true));
  }

  /** Where each element of a vector is, all of them within the bytes. */
  *vector(table: number, index: number, elementBytes: number): Generator<number> {
    const field = this.#field(table, index);
    if (field === null) return;
    const at = field + this.#view.getUint32(field, true);
    const count = this.#view.getUint32(at, true);
    if (at + 4 + count * elementBytes > this.#view.byteLength) {
      throw new RangeError(`a list of ${count} in ${this.#view.byteLength} bytes`);
    }
    for (let i = 0; i < count; i++) yield at + 4 + i * elementBytes;
  }

  *#tables(table: number, index: number): Generator<number> {
    for (const at of this.vector(table, index, 4)) {
      yield this.#visit(at + this.#view.getUint32(at, true));
    }
  }

  keyValues(table: number, index: number): void {
    for (const pair of this.#tables(table, index)) {
      for (const _ of this.vector(pair, 0, 1));
      for (const _ of this.vector(pair, 1, 1));
    }
  }

  schema(table: number, index: number): void {
    const schema = this.table(table, index);
    if (schema === null) throw new RangeError("it has no schema");
    this.#fields(schema, 1);
    this.keyValues(schema, 2);
    for (const _ of this.vector(schema, 3, 8));
  }

  #fields(table: number, index: number): void {
    for (const field of this.#tables(table, index)) {
      for (const _ of this.vector(field, 0, 1));
      this.#fields(field, 5);
      this.keyValues(field, 6);
    }
  }
}
