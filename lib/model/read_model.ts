import { lookedAfter, shown } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { checkModel, tensorText } from "./check_model.ts";
import { reached } from "./flat_file.ts";
import { type FlatTable, openFlatFile } from "./flat_table.ts";
import type { Metadata, Model, NamedTensor, Signature, Subgraph } from "./model.ts";
import { ModelError } from "./model_error.ts";
import { type OperatorCode, readOperator, readOperatorCode } from "./read_operator.ts";
import { type Notes, readTensor } from "./read_tensor.ts";
import { repaired } from "./repair_model.ts";
import { selectSignature } from "./select_signature.ts";
import { readTail } from "./tail.ts";

const VERSION = 0;
const OPERATOR_CODES = 1;
const SUBGRAPHS = 2;
const DESCRIPTION = 3;
const BUFFERS = 4;
const METADATA_BUFFER = 5;
const METADATA = 6;
const SIGNATURES = 7;
const MODEL_FIELDS = 8;

/**
 * Reads a TFLite file. The file is not trusted: every offset, length, index and size in it is
 * checked, and so is the graph (each tensor written once and before it is read, constants as long
 * as their shapes say, shapes as the operators need them).
 *
 * What is wrong and does no harm is put right or left out, and told in `warnings` of the model: a
 * buffer longer than its tensor, names of what is not there, a zero point of weights that no kernel
 * reads. What stands behind the flatbuffer is kept; files of a zip archive there come in `files`.
 *
 * Constants are views of `bytes`, nothing is copied; do not change `bytes` afterwards.
 * Format: schema.fbs of TensorFlow Lite, version 3 (identifier TFL3).
 *
 * @throws {ModelError} naming the byte and the reason, if the file is not a consistent model.
 * @throws {RangeError} if it has no signature of the name asked for.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ModelError, readModel } from "tinyloom";
 *
 * const notAModel = new TextEncoder().encode("hello, world");
 * assert.throws(
 *   () => readModel(notAModel),
 *   (error) => error instanceof ModelError && error.offsetBytes === 4,
 * );
 * ```
 *
 * @category Models
 */
export function readModel(bytes: Uint8Array, options: ReadModelOptions = {}): Model {
  checkOptions("readModel", options, "signature signal");
  checkArguments("readModel", { bytes });
  const model = lookedAfter(null, () => readGraphs(bytes), { signal: options.signal });
  return options.signature === undefined ? model : selectSignature(model, options.signature);
}

/**
 * Options of `readModel`.
 *
 * @category Models
 */
export interface ReadModelOptions {
  /** The signature whose graph is to be the main graph; the file's first graph if left out. */
  readonly signature?: string;
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

function readGraphs(bytes: Uint8Array): Model {
  const root = openFlatFile(bytes, { identifier: "TFL3" });
  const lost: string[] = [];
  const warnings: string[] = [];
  const warn = (what: string) => void warnings.push(what);
  readVersion(root, warn);
  const codes = root.tables(OPERATOR_CODES).map((table, index) =>
    readOperatorCode(table, (what) => lost.push(`operator code ${index}: ${what}`))
  );
  const buffers = root.tables(BUFFERS).map(readBuffer);
  const tables = root.tables(SUBGRAPHS);
  if (tables.length === 0) {
    throw new ModelError("a model without a graph", { offsetBytes: root.position });
  }
  const places: Places[] = [];
  const subgraphs = tables.map((table, index) => {
    const inFirst = index === 0 ? "" : `subgraph ${index}, `;
    const place = { table, tensors: table.tables(TENSORS), operators: table.tables(OPERATORS) };
    places.push(place);
    return readSubgraph(place, {
      codes,
      buffers,
      note: (what) => void lost.push(inFirst + what),
      warn: (what) => warn(inFirst + what),
    });
  });
  for (const field of root.fieldsFrom(MODEL_FIELDS)) lost.push(`field ${field} of a newer schema`);
  const [main, ...otherSubgraphs] = subgraphs;
  const read: Model = {
    ...main,
    description: root.string(DESCRIPTION) ?? "",
    ...readMetadata(root, { buffers, warn }),
    signatures: root.tables(SIGNATURES).map(readSignature),
    otherSubgraphs,
    lost,
  };
  const model = { ...repaired(read, warn), ...readFiles(root, { lost, warn }) };
  checkModel(model, {
    locate: ({ subgraph, tensor, operator }) => {
      const place = places[subgraph];
      if (place === undefined) return root.position;
      if (operator !== undefined) return place.operators[operator].position;
      if (tensor !== undefined) return place.tensors[tensor].position;
      return place.table.position;
    },
  });
  return shown(warnings.length === 0 ? model : { ...model, warnings }, "model");
}

function readVersion(root: FlatTable, warn: Notes["warn"]): void {
  const version = root.uint32(VERSION);
  if (version === 3) return;
  if (version > 3) {
    throw new ModelError(`schema version ${version}, needed 3: convert the model for TFLite 2`, {
      offsetBytes: root.at(VERSION, 4) ?? root.position,
    });
  }
  warn(`the file says schema version ${version}; it is read as version 3, which added to that`);
}

/** What stands behind the flatbuffer. */
function readFiles(
  { file }: FlatTable,
  { lost, warn }: { readonly lost: readonly string[]; readonly warn: Notes["warn"] },
): Pick<Model, "files" | "tail"> {
  const read = readTail(file.bytes, file.reach.end);
  // What was not read of the flatbuffer itself may stand there too.
  if (read === null || read.fault !== null && lost.length > 0) return {};
  const { tail, files, fault } = read;
  if (fault !== null) warn(`behind the model stand ${fault}; they are kept as they are`);
  return { tail, ...(Object.keys(files).length > 0 && { files }) };
}

const TENSORS = 0;
const INPUTS = 1;
const OUTPUTS = 2;
const OPERATORS = 3;
const NAME = 4;
const SUBGRAPH_FIELDS = 5;
/** Of a tensor. */
const TENSOR_NAME = 3;

interface Places {
  readonly table: FlatTable;
  readonly tensors: readonly FlatTable[];
  readonly operators: readonly FlatTable[];
}

function readSubgraph(
  places: Places,
  options: {
    readonly codes: readonly OperatorCode[];
    readonly buffers: readonly Uint8Array[];
  } & Notes,
): Subgraph {
  const { codes, buffers, note, warn } = options;
  const { table } = places;
  for (const field of table.fieldsFrom(SUBGRAPH_FIELDS)) note(`field ${field} of a newer schema`);
  return {
    name: table.string(NAME) ?? "",
    tensors: places.tensors.map((tensor, index) =>
      readTensor(tensor, {
        buffers,
        note: (what) => note(`tensor ${index}: ${what}`),
        warn: (what) => warn(`${tensorText(index, tensor.string(TENSOR_NAME))}: ${what}`),
      })
    ),
    operators: places.operators.map((operator, index) =>
      readOperator(operator, { codes, note: (what) => note(`operator ${index}: ${what}`) })
    ),
    inputs: table.int32s(INPUTS) ?? [],
    outputs: table.int32s(OUTPUTS) ?? [],
  };
}

const DATA = 0;
const OFFSET = 1;
const SIZE = 2;

function readBuffer(table: FlatTable): Uint8Array {
  const offset = table.int64(OFFSET);
  const size = table.int64(SIZE);
  // Files beyond 2 GB keep data behind the flatbuffer; offsets 0 and 1 mean that they do not.
  if (offset <= 1) return table.bytes(DATA) ?? new Uint8Array(0);
  const { bytes } = table.file;
  if (size < 0 || offset + size > bytes.length) {
    throw new ModelError(
      `a buffer of ${size} bytes at ${offset} lies outside the file (${bytes.length} bytes)`,
      { offsetBytes: table.position },
    );
  }
  reached(table.file, offset + size);
  return bytes.subarray(offset, offset + size);
}

const METADATA_NAME = 0;
const METADATA_DATA = 1;

/** Both lists of metadata; an entry without a buffer is left out. */
function readMetadata(
  root: FlatTable,
  { buffers, warn }: { readonly buffers: readonly Uint8Array[]; readonly warn: Notes["warn"] },
): Pick<Model, "metadata" | "oldMetadata"> {
  const metadata = root.tables(METADATA).flatMap((table): Metadata[] => {
    const [name, buffer] = [table.string(METADATA_NAME) ?? "", table.uint32(METADATA_DATA)];
    if (buffer < buffers.length) return [{ name, data: buffers[buffer] }];
    warn(
      `metadata "${name}" names buffer ${buffer}, the file has ${buffers.length}: it is left out`,
    );
    return [];
  });
  const old = (root.int32s(METADATA_BUFFER) ?? []).flatMap((buffer) => {
    if (buffer >= 0 && buffer < buffers.length) return [buffers[buffer]];
    warn(
      `the old list of metadata names buffer ${buffer}, the file has ${buffers.length}: it is left out`,
    );
    return [];
  });
  return { metadata, ...(old.length > 0 && { oldMetadata: old }) };
}

const SIGNATURE_INPUTS = 0;
const SIGNATURE_OUTPUTS = 1;
const SIGNATURE_KEY = 2;
const SIGNATURE_SUBGRAPH = 4;

function readSignature(table: FlatTable): Signature {
  return {
    key: table.string(SIGNATURE_KEY) ?? "",
    subgraphIndex: table.uint32(SIGNATURE_SUBGRAPH),
    inputs: table.tables(SIGNATURE_INPUTS).map(readNamedTensor),
    outputs: table.tables(SIGNATURE_OUTPUTS).map(readNamedTensor),
  };
}

function readNamedTensor(table: FlatTable): NamedTensor {
  return { name: table.string(0) ?? "", tensor: table.uint32(1) };
}
