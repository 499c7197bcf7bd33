import { checkModel } from "./check_model.ts";
import { type FlatTable, openFlatFile } from "./flat_table.ts";
import type { Metadata, Model, NamedTensor, Signature, Subgraph } from "./model.ts";
import { ModelError } from "./model_error.ts";
import { type OperatorCode, readOperator, readOperatorCode } from "./read_operator.ts";
import { readTensor } from "./read_tensor.ts";
import { selectSignature } from "./select_signature.ts";

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
 * Constants are views of `bytes`, nothing is copied; do not change `bytes` afterwards.
 * Format: schema.fbs of TensorFlow Lite, version 3 (identifier TFL3).
 *
 * @throws {ModelError} naming the byte and the reason, if the file is not a consistent model.
 * @throws {RangeError} if it has no signature of the name asked for.
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
  const model = readGraphs(bytes);
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
}

function readGraphs(bytes: Uint8Array): Model {
  const root = openFlatFile(bytes, { identifier: "TFL3" });
  const lost: string[] = [];
  const version = root.uint32(VERSION);
  if (version !== 3) {
    throw new ModelError(`schema version ${version}, needed 3`, {
      offsetBytes: root.at(VERSION, 4) ?? root.position,
    });
  }
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
    return readSubgraph(place, { codes, buffers, note: (what) => lost.push(inFirst + what) });
  });
  if ((root.int32s(METADATA_BUFFER) ?? []).length > 0) lost.push("the old metadata list");
  for (const field of root.fieldsFrom(MODEL_FIELDS)) lost.push(`field ${field} of a newer schema`);
  const [main, ...otherSubgraphs] = subgraphs;
  const model: Model = {
    ...main,
    description: root.string(DESCRIPTION) ?? "",
    metadata: root.tables(METADATA).map((table) => readMetadata(table, buffers)),
    signatures: root.tables(SIGNATURES).map(readSignature),
    otherSubgraphs,
    lost,
  };
  checkModel(model, {
    locate: ({ subgraph, tensor, operator }) => {
      const place = places[subgraph];
      if (place === undefined) return root.position;
      if (operator !== undefined) return place.operators[operator].position;
      if (tensor !== undefined) return place.tensors[tensor].position;
      return place.table.position;
    },
  });
  return model;
}

const TENSORS = 0;
const INPUTS = 1;
const OUTPUTS = 2;
const OPERATORS = 3;
const NAME = 4;
const SUBGRAPH_FIELDS = 5;

interface Places {
  readonly table: FlatTable;
  readonly tensors: readonly FlatTable[];
  readonly operators: readonly FlatTable[];
}

function readSubgraph(
  places: Places,
  options: {
    codes: readonly OperatorCode[];
    buffers: readonly Uint8Array[];
    note: (lost: string) => void;
  },
): Subgraph {
  const { codes, buffers, note } = options;
  const { table } = places;
  for (const field of table.fieldsFrom(SUBGRAPH_FIELDS)) note(`field ${field} of a newer schema`);
  return {
    name: table.string(NAME) ?? "",
    tensors: places.tensors.map((tensor, index) =>
      readTensor(tensor, { buffers, note: (what) => note(`tensor ${index}: ${what}`) })
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
  return bytes.subarray(offset, offset + size);
}

const METADATA_NAME = 0;
const METADATA_DATA = 1;

function readMetadata(table: FlatTable, buffers: readonly Uint8Array[]): Metadata {
  const buffer = table.uint32(METADATA_DATA);
  if (buffer >= buffers.length) {
    throw new ModelError(`buffer ${buffer}; the file has ${buffers.length}`, {
      offsetBytes: table.at(METADATA_DATA, 4) ?? table.position,
    });
  }
  return { name: table.string(METADATA_NAME) ?? "", data: buffers[buffer] };
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
