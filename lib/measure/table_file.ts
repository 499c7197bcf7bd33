import { shown } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import defer * as zlib from "node:zlib";
import defer * as arrow from "../npm/arrow.ts";
import type { Table } from "../npm/arrow.ts";
import { checkArrow } from "./check_arrow.ts";
import { linkTarget } from "./file_lock.ts";
import { decodeLz4Frame } from "./lz4_frame.ts";

/**
 * Writes a table with its metadata as an Arrow IPC file (`.arrow`), whole or not at all.
 *
 * @example
 * ```ts
 * import { loadTable, saveTable, tableFromRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile({ suffix: ".arrow" });
 * await saveTable(path, tableFromRows([{ kernel: "naive" }]));
 * assert.equal((await loadTable(path)).numRows, 1);
 * await Deno.remove(path);
 * ```
 *
 * @category Measurement
 */
export async function saveTable(path: string, table: Table): Promise<void> {
  checkArguments("saveTable", { table });
  await writeWhole(path, arrow.tableToIPC(table, "file"));
}

/**
 * Reads an Arrow IPC file or stream, also as others write it: compressed (LZ4, Zstandard), and
 * Feather of version 2, which is the same.
 *
 * @throws {TypeError} if the file is not an Arrow IPC file or is damaged.
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {DOMException} named `AbortError` if the signal fires before it is read.
 *
 * @category Measurement
 */
export async function loadTable(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Table> {
  checkOptions("loadTable", options, "signal");
  const bytes = await Deno.readFile(path, options);
  options.signal?.throwIfAborted();
  return readTable(bytes, `"${path}"`);
}

/**
 * The table of a file's bytes.
 *
 * @throws {TypeError} if they are not an Arrow IPC file or are damaged, calling it by its name.
 */
export function readTable(bytes: Uint8Array, name = "it"): Table {
  const complain = (why: string, cause?: unknown) =>
    new TypeError(`${name} is not a readable Arrow IPC file: ${why}`, { cause });
  if (firstBytes(bytes).startsWith('"FEA1')) {
    throw complain("it is Feather of version 1; pyarrow.feather.write_feather writes version 2");
  }
  const isStream = streamStart.every((byte, index) => bytes[index] === byte);
  if (!hasMagic(bytes, 0) && !isStream) {
    throw complain(`it begins with ${firstBytes(bytes)}, needs "ARROW1"`);
  }
  if (!isStream && !hasMagic(bytes, bytes.length - magic.length)) {
    throw complain(`its end is missing (${bytes.length} bytes, the last are not "ARROW1")`);
  }
  try {
    if (!isStream) checkArrow(bytes);
    shown(arrow.Table.prototype, "table");
    setCodecs();
    const table = arrow.tableFromIPC(bytes);
    // Columns are views into the file; reading the last row finds those that point outside.
    if (table.numRows > 0) table.get(table.numRows - 1)?.toJSON();
    return table;
  } catch (error) {
    throw complain(error instanceof Error ? error.message : String(error), error);
  }
}

const magic = new TextEncoder().encode("ARROW1");

// Each message of a stream begins so, in a file too, but there behind the magic.
const streamStart = [255, 255, 255, 255];

/** Teaches Arrow's JavaScript what it does not decompress by itself. */
function setCodecs(): void {
  const { compressionRegistry, CompressionType: { LZ4_FRAME, ZSTD } } = arrow;
  compressionRegistry.set(LZ4_FRAME, { decode: decodeLz4Frame });
  compressionRegistry.set(ZSTD, {
    decode: (bytes) => new Uint8Array(zlib.zstdDecompressSync(bytes)),
  });
}

function hasMagic(bytes: Uint8Array, offset: number): boolean {
  return offset >= 0 && magic.every((byte, index) => bytes[offset + index] === byte);
}

function firstBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing (it is empty)";
  return JSON.stringify(new TextDecoder().decode(bytes.subarray(0, magic.length)));
}

/**
 * Writes a file under a temporary name beside its own and renames it, so that nobody ever sees half
 * a file, and the old one stays where the new one cannot be written. A symbolic link stays one: what it
 * leads to is written. Devices and pipes are written to.
 *
 * @category Measurement
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const old = await statIfThere(path);
  if (old !== null && !old.isFile && !old.isDirectory) return await Deno.writeFile(path, bytes);
  const target = await linkTarget(path);
  const mark = `.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const temporary = `${target}${mark}`;
  try {
    const mode = old?.mode == null ? undefined : old.mode & 0o777;
    await Deno.writeFile(temporary, bytes, { createNew: true, mode });
    // Who may read and write it stays as it was, whatever the mask.
    if (mode !== undefined) await Deno.chmod(temporary, mode);
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    // What is to be told is the file that was asked for.
    if (error instanceof Error) error.message = error.message.replaceAll(mark, "");
    throw error;
  }
}

async function statIfThere(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
