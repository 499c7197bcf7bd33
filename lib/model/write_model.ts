import { checkArguments } from "../check_arguments.ts";
import defer * as flatbuffers from "../npm/flatbuffers.ts";
import type { Builder } from "../npm/flatbuffers.ts";
import { checkModel } from "./check_model.ts";
import { dtypes } from "./dtype.ts";
import type { Model, NamedTensor, Signature, Subgraph } from "./model.ts";
import { ModelError } from "./model_error.ts";
import { type ModelTail, tailBytes } from "./tail.ts";
import type { Quantization, Tensor } from "./tensor.ts";
import { writeFloat32s, writeInt32s, writeTables } from "./write_vectors.ts";
import {
  collectCodes,
  type OperatorCodes,
  writeOperator,
  writeOperatorCode,
} from "./write_operator.ts";

/**
 * Writes a model as a TFLite file (schema version 3, identifier TFL3, constants aligned to 16
 * bytes) that TFLite, LiteRT and TFLM accept and that `readModel` reads back equal. Scales and other
 * real numbers are stored as float32. Tensors that share one `data` array share it in the file. What
 * stood behind the model when it was read (`model.tail`) stands behind it again.
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
 *
 * @category Models
 */
export function writeModel(model: Model): Uint8Array {
  checkArguments("writeModel", { model });
  if (model.lost.length > 0) {
    throw new ModelError(
      `the model's file holds what cannot be written back: ${model.lost.join("; ")}`,
    );
  }
  checkModel(model);
  const subgraphs = [model, ...model.otherSubgraphs];
  const blobs = collectBlobs(model, subgraphs);
  const codes = collectCodes(subgraphs);
  let dataBytes = 0;
  for (const blob of blobs.keys()) dataBytes += blob.length + 64;
  // The builder grows by doubling; with room for the data from the start it rarely has to.
  const builder = new flatbuffers.Builder(dataBytes + 65536);

  const buffers = writeTables(builder, [...blobs.keys()], (blob) => writeBuffer(builder, blob));
  const operatorCodes = writeTables(
    builder,
    codes.first,
    (operator) => writeOperatorCode(builder, operator),
  );
  const graphs = writeTables(
    builder,
    subgraphs,
    (graph) => writeSubgraph(builder, { graph, blobs, codes }),
  );
  const metadata = writeTables(builder, model.metadata, ({ name, data }) => {
    const nameAt = builder.createString(name);
    builder.startObject(2);
    builder.addFieldOffset(0, nameAt, 0);
    builder.addFieldInt32(1, blobs.get(data)!, 0);
    return builder.endObject();
  });
  const signatures = writeTables(
    builder,
    model.signatures,
    (signature) => writeSignature(builder, signature),
  );
  const old = (model.oldMetadata ?? []).map((data) => blobs.get(data)!);
  const oldMetadata = old.length === 0 ? 0 : writeInt32s(builder, old);
  const description = builder.createString(model.description);
  builder.startObject(8);
  builder.addFieldInt32(0, 3, 0);
  builder.addFieldOffset(1, operatorCodes, 0);
  builder.addFieldOffset(2, graphs, 0);
  builder.addFieldOffset(3, description, 0);
  builder.addFieldOffset(4, buffers, 0);
  builder.addFieldOffset(5, oldMetadata, 0);
  builder.addFieldOffset(6, metadata, 0);
  if (model.signatures.length > 0) builder.addFieldOffset(7, signatures, 0);
  builder.finish(builder.endObject(), "TFL3");
  const flatbuffer = builder.asUint8Array();
  return model.tail === undefined ? flatbuffer : withTail(flatbuffer, model.tail);
}

function withTail(flatbuffer: Uint8Array, tail: ModelTail): Uint8Array {
  const behind = tailBytes(tail, flatbuffer.length);
  const file = new Uint8Array(flatbuffer.length + behind.length);
  file.set(flatbuffer);
  file.set(behind, flatbuffer.length);
  return file;
}

/** Buffer number of every distinct array of bytes. */
type Blobs = ReadonlyMap<Uint8Array, number>;

/** Numbers the arrays; the schema keeps number 0 empty, for tensors without data. */
function collectBlobs(model: Model, subgraphs: readonly Subgraph[]): Blobs {
  const blobs = new Map<Uint8Array, number>([[new Uint8Array(0), 0]]);
  const add = (data: Uint8Array | null) => {
    if (data !== null && !blobs.has(data)) blobs.set(data, blobs.size);
  };
  for (const { tensors } of subgraphs) for (const { data } of tensors) add(data);
  for (const { data } of model.metadata) add(data);
  for (const data of model.oldMetadata ?? []) add(data);
  return blobs;
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
  options: { graph: Subgraph; blobs: Blobs; codes: OperatorCodes },
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
    (operator) => writeOperator(builder, { operator, codes }),
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
  options: { tensor: Tensor; blobs: Blobs },
): number {
  const { tensor, blobs } = options;
  const { quantization, shapeSignature } = tensor;
  const shape = writeInt32s(builder, tensor.shape);
  const name = builder.createString(tensor.name);
  const quantizationAt = quantization === null ? 0 : writeQuantization(builder, quantization);
  const signature = shapeSignature === undefined ? 0 : writeInt32s(builder, shapeSignature);
  builder.startObject(10);
  builder.addFieldOffset(0, shape, 0);
  builder.addFieldInt8(1, dtypes.indexOf(tensor.dtype), 0);
  builder.addFieldInt32(2, tensor.data === null ? 0 : blobs.get(tensor.data)!, 0);
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
