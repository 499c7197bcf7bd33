import { Builder } from "flatbuffers";
import { builtinCode, CUSTOM } from "./builtin_operators.ts";
import { checkModel } from "./check_model.ts";
import { dtypes } from "./dtype.ts";
import type { Model, NamedTensor, Signature, Subgraph } from "./model.ts";
import { ModelError } from "./model_error.ts";
import { type Operator, operatorName } from "./operator.ts";
import { optionTable, optionTableNames } from "./option_tables.ts";
import type { Quantization, Tensor } from "./tensor.ts";
import { writeFloat32s, writeInt32s, writeOptions } from "./write_options.ts";

/**
 * Writes a model as a TFLite file (schema version 3, identifier TFL3, constants aligned to 16
 * bytes) that TFLite, LiteRT and TFLM accept and that `readModel` reads back equal. Scales and other
 * real numbers are stored as float32. Tensors that share one `data` array share it in the file.
 *
 * @throws {ModelError} if the model is inconsistent, or was read from a file that holds more than a
 * Model can (`model.lost`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readModel, writeModel } from "tinyloom";
 *
 * const graph = { name: "", tensors: [], operators: [], inputs: [], outputs: [] };
 * const model = { ...graph, description: "empty", metadata: [], signatures: [] };
 * const bytes = writeModel({ ...model, otherSubgraphs: [], lost: [] });
 * assert.equal(String.fromCharCode(...bytes.subarray(4, 8)), "TFL3");
 * assert.equal(readModel(bytes).description, "empty");
 * ```
 */
export function writeModel(model: Model): Uint8Array {
  if (model.lost.length > 0) {
    throw new ModelError(
      `the model's file holds what cannot be written back: ${model.lost.join("; ")}`,
    );
  }
  checkModel(model);
  const subgraphs = [model, ...model.otherSubgraphs];
  const blobs = collectBlobs(model, subgraphs);
  const codes = collectCodes(subgraphs);
  const dataBytes = blobs.reduce((sum, blob) => sum + blob.length + 64, 0);
  const builder = new Builder(dataBytes + 65536);

  const buffers = writeTables(builder, blobs, (blob) => writeBuffer(builder, blob));
  const operatorCodes = writeTables(builder, [...codes.values()], (code) => code.write(builder));
  const graphs = writeTables(
    builder,
    subgraphs,
    (graph) => writeSubgraph(builder, { graph, blobs, codes }),
  );
  const metadata = writeTables(builder, model.metadata, ({ name, data }) => {
    const nameAt = builder.createString(name);
    builder.startObject(2);
    builder.addFieldOffset(0, nameAt, 0);
    builder.addFieldInt32(1, blobs.indexOf(data), 0);
    return builder.endObject();
  });
  const signatures = writeTables(
    builder,
    model.signatures,
    (signature) => writeSignature(builder, signature),
  );
  const description = builder.createString(model.description);
  builder.startObject(8);
  builder.addFieldInt32(0, 3, 0);
  builder.addFieldOffset(1, operatorCodes, 0);
  builder.addFieldOffset(2, graphs, 0);
  builder.addFieldOffset(3, description, 0);
  builder.addFieldOffset(4, buffers, 0);
  builder.addFieldOffset(6, metadata, 0);
  if (model.signatures.length > 0) builder.addFieldOffset(7, signatures, 0);
  builder.finish(builder.endObject(), "TFL3");
  return builder.asUint8Array();
}

/** Every distinct array of bytes; the schema keeps number 0 empty, for tensors without data. */
function collectBlobs(model: Model, subgraphs: readonly Subgraph[]): Uint8Array[] {
  const blobs = new Set([new Uint8Array(0)]);
  for (const { tensors } of subgraphs) {
    for (const { data } of tensors) if (data !== null) blobs.add(data);
  }
  for (const { data } of model.metadata) blobs.add(data);
  return [...blobs];
}

interface Code {
  readonly index: number;
  readonly write: (builder: Builder) => number;
}

function codeKey(operator: Operator): string {
  return JSON.stringify([operator.op, operatorName(operator), operator.version]);
}

function collectCodes(subgraphs: readonly Subgraph[]): Map<string, Code> {
  const codes = new Map<string, Code>();
  for (const { operators } of subgraphs) {
    for (const operator of operators) {
      const key = codeKey(operator);
      if (codes.has(key)) continue;
      const index = codes.size;
      codes.set(key, { index, write: (builder) => writeOperatorCode(builder, operator) });
    }
  }
  return codes;
}

// Codes above it do not fit the field of one byte that older readers know.
const LARGEST_OLD_CODE = 127;

function writeOperatorCode(builder: Builder, operator: Operator): number {
  const code = operator.op === "OPAQUE" ? operator.code : builtinCode(operator.op);
  const custom = code === CUSTOM ? builder.createString(operatorName(operator)) : 0;
  builder.startObject(4);
  builder.addFieldInt8(0, Math.min(code, LARGEST_OLD_CODE), 0);
  builder.addFieldOffset(1, custom, 0);
  builder.addFieldInt32(2, operator.version, 1);
  builder.addFieldInt32(3, code, 0);
  return builder.endObject();
}

function writeBuffer(builder: Builder, blob: Uint8Array): number {
  // The vector's elements, not its length, are to lie on 16 bytes.
  if (blob.length > 0) builder.prep(16, blob.length);
  const data = blob.length > 0 ? builder.createByteVector(blob) : 0;
  builder.startObject(3);
  builder.addFieldOffset(0, data, 0);
  return builder.endObject();
}

function writeSubgraph(
  builder: Builder,
  options: { graph: Subgraph; blobs: Uint8Array[]; codes: Map<string, Code> },
): number {
  const { graph, blobs, codes } = options;
  const tensors = writeTables(
    builder,
    graph.tensors,
    (tensor) => writeTensor(builder, { tensor, blobs }),
  );
  const operators = writeTables(
    builder,
    graph.operators,
    (operator) => writeOperator(builder, { operator, code: codes.get(codeKey(operator))! }),
  );
  const inputs = writeInt32s(builder, graph.inputs);
  const outputs = writeInt32s(builder, graph.outputs);
  const name = builder.createString(graph.name);
  builder.startObject(5);
  builder.addFieldOffset(0, tensors, 0);
  builder.addFieldOffset(1, inputs, 0);
  builder.addFieldOffset(2, outputs, 0);
  builder.addFieldOffset(3, operators, 0);
  builder.addFieldOffset(4, name, 0);
  return builder.endObject();
}

function writeTensor(
  builder: Builder,
  options: { tensor: Tensor; blobs: Uint8Array[] },
): number {
  const { tensor, blobs } = options;
  if (tensor.isSparse) {
    throw new ModelError(`tensor "${tensor.name}" is sparse: only dense tensors can be written`);
  }
  const { quantization, shapeSignature } = tensor;
  const shape = writeInt32s(builder, tensor.shape);
  const name = builder.createString(tensor.name);
  const quantizationAt = quantization === null ? 0 : writeQuantization(builder, quantization);
  const signature = shapeSignature === undefined ? 0 : writeInt32s(builder, shapeSignature);
  builder.startObject(10);
  builder.addFieldOffset(0, shape, 0);
  builder.addFieldInt8(1, dtypes.indexOf(tensor.dtype), 0);
  builder.addFieldInt32(2, tensor.data === null ? 0 : blobs.indexOf(tensor.data), 0);
  builder.addFieldOffset(3, name, 0);
  builder.addFieldOffset(4, quantizationAt, 0);
  builder.addFieldInt8(5, Number(tensor.isVariable), 0);
  builder.addFieldOffset(7, signature, 0);
  builder.addFieldInt8(8, Number(tensor.hasRank ?? false), 0);
  return builder.endObject();
}

function writeQuantization(builder: Builder, quantization: Quantization): number {
  const { scales, zeroPoints, axis, min, max } = quantization;
  const minAt = min === undefined ? 0 : writeFloat32s(builder, min);
  const maxAt = max === undefined ? 0 : writeFloat32s(builder, max);
  const scale = writeFloat32s(builder, scales);
  builder.startVector(8, zeroPoints.length, 8);
  for (let i = zeroPoints.length - 1; i >= 0; i--) builder.addInt64(BigInt(zeroPoints[i]));
  const zeroPoint = builder.endVector();
  builder.startObject(7);
  builder.addFieldOffset(0, minAt, 0);
  builder.addFieldOffset(1, maxAt, 0);
  builder.addFieldOffset(2, scale, 0);
  builder.addFieldOffset(3, zeroPoint, 0);
  builder.addFieldInt32(6, axis, 0);
  return builder.endObject();
}

function writeOperator(
  builder: Builder,
  options: { operator: Operator; code: Code },
): number {
  const { operator, code } = options;
  const { inputs, outputs, intermediates, mutatingVariableInputs } = operator;
  const layoutName = operator.op === "OPAQUE"
    ? operator.optionTable
    : optionTableNames[operator.op];
  const layout = layoutName === null ? undefined : optionTable(layoutName);
  const custom = operator.op === "OPAQUE" ? operator.customOptions : null;
  const inputsAt = writeInt32s(builder, inputs);
  const outputsAt = writeInt32s(builder, outputs);
  const optionsAt = layout === undefined
    ? 0
    : writeOptions(builder, { layout, attributes: { ...operator.attributes } });
  const customAt = custom === null ? 0 : builder.createByteVector(custom);
  const mutatingAt = mutatingVariableInputs === undefined
    ? 0
    : builder.createByteVector(Uint8Array.from(mutatingVariableInputs, Number));
  const intermediatesAt = intermediates === undefined ? 0 : writeInt32s(builder, intermediates);
  builder.startObject(13);
  builder.addFieldInt32(0, code.index, 0);
  builder.addFieldOffset(1, inputsAt, 0);
  builder.addFieldOffset(2, outputsAt, 0);
  builder.addFieldInt8(3, layout?.unionType ?? 0, 0);
  builder.addFieldOffset(4, optionsAt, 0);
  builder.addFieldOffset(5, customAt, 0);
  builder.addFieldOffset(7, mutatingAt, 0);
  builder.addFieldOffset(8, intermediatesAt, 0);
  return builder.endObject();
}

function writeSignature(builder: Builder, signature: Signature): number {
  const writeMap = ({ name, tensor }: NamedTensor) => {
    const nameAt = builder.createString(name);
    builder.startObject(2);
    builder.addFieldOffset(0, nameAt, 0);
    builder.addFieldInt32(1, tensor, 0);
    return builder.endObject();
  };
  const inputs = writeTables(builder, signature.inputs, writeMap);
  const outputs = writeTables(builder, signature.outputs, writeMap);
  const key = builder.createString(signature.key);
  builder.startObject(5);
  builder.addFieldOffset(0, inputs, 0);
  builder.addFieldOffset(1, outputs, 0);
  builder.addFieldOffset(2, key, 0);
  builder.addFieldInt32(4, signature.subgraphIndex, 0);
  return builder.endObject();
}

function writeTables<T>(
  builder: Builder,
  items: readonly T[],
  write: (item: T) => number,
): number {
  const offsets = items.map(write);
  builder.startVector(4, offsets.length, 4);
  for (let i = offsets.length - 1; i >= 0; i--) builder.addOffset(offsets[i]);
  return builder.endVector();
}
