import { Builder } from "flatbuffers";
import { constantValues, ModelError, operatorName, readModel, writeModel } from "tinyloom";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { convolutional, stateful } from "./models.ts";
import { sharedModels } from "./shared_models.ts";

const shared = sharedModels();

Deno.test({
  name: "every operator of the real models is read with its type",
  fn: () => {
    for (const { bytes, meta } of shared) {
      const model = readModel(bytes);
      assertEquals(model.operators.length, meta.op_count);
      for (const { op, count } of meta.ops) {
        assertEquals(model.operators.filter((operator) => operator.op === op).length, count);
      }
      const state = model.tensors.flatMap(({ isVariable }, index) => isVariable ? [index] : []);
      assertEquals(state, [...meta.variable_tensors]);
      assertEquals(model.lost, []);
    }
  },
});

Deno.test({
  name: "per-channel biases that name the filter's dimension are read",
  fn: () => {
    const model = readModel(shared.find(({ name }) => name === "person_detect")!.bytes);
    const bias = model.tensors[model.operators[0].inputs[2]];
    assertEquals(bias.shape, [8]);
    assertEquals(bias.quantization?.scales.length, 8);
    assertEquals(bias.quantization?.axis, 0);
    const filter = model.tensors[model.operators[0].inputs[1]];
    assertEquals(filter.quantization?.axis, 3);
    assertEquals(filter.quantization?.scales[0], Math.fround(0.0163588561));
  },
});

Deno.test("constants are views of the file", () => {
  const file = writeModel(convolutional());
  const { tensors } = readModel(file);
  assert(tensors.every(({ data }) => data === null || data.buffer === file.buffer));
});

Deno.test("a file at an odd place in memory reads the same", () => {
  const file = writeModel(convolutional());
  const shifted = new Uint8Array(file.length + 3).subarray(3);
  shifted.set(file);
  const model = readModel(shifted);
  assertEquals(model, readModel(file));
  assertEquals([...constantValues(model.tensors[2])].slice(0, 2), [0x03020100, 0x07060504]);
});

Deno.test("int4 constants unpack low nibble first", () => {
  const tensor = convolutional().tensors[0];
  const data = new Uint8Array([0x21, 0xf8, 0x07]);
  const values = constantValues({ ...tensor, dtype: "int4", shape: [5], data });
  assertEquals([...values], [1, 2, -8, -1, 7]);
});

Deno.test("operators without a type of their own keep name, options and bytes", () => {
  const [, loop, custom] = readModel(writeModel(stateful())).operators;
  assertEquals(loop.op, "WHILE");
  assertEquals(loop.attributes, { condSubgraphIndex: 1, bodySubgraphIndex: 2 });
  assertEquals(operatorName(custom), "my.operator");
  assertEquals(custom.op === "OPAQUE" ? custom.customOptions : null, new Uint8Array([3, 1, 2]));
});

/** A file with one operator code, written field by field. */
function fileWithCode(options: { oldCode: number; code: number }): Uint8Array {
  return buildFile((builder) => {
    builder.startObject(4);
    builder.addFieldInt8(0, options.oldCode, 0);
    builder.addFieldInt32(3, options.code, 0);
    const code = builder.endObject();
    const tensor = tensorTable(builder);
    const inputs = vector(builder, [0]);
    const outputs = vector(builder, [1]);
    builder.startObject(3);
    builder.addFieldOffset(1, inputs, 0);
    builder.addFieldOffset(2, outputs, 0);
    const operator = builder.endObject();
    return { codes: [code], tensors: [tensor, tensor], operators: [operator] };
  });
}

function tensorTable(builder: Builder): number {
  const shape = vector(builder, [4]);
  builder.startObject(2);
  builder.addFieldOffset(0, shape, 0);
  builder.addFieldInt8(1, 9, 0);
  return builder.endObject();
}

function vector(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}

function offsets(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

/** A file around the tables that `write` makes: a graph from tensor 0 to tensor 1. */
function buildFile(
  write: (
    builder: Builder,
  ) => { codes: number[]; tensors: number[]; operators: number[]; subgraphs?: number },
): Uint8Array {
  const builder = new Builder(1024);
  const { codes, tensors, operators, subgraphs = 1 } = write(builder);
  const parts = [offsets(builder, tensors), vector(builder, [0]), vector(builder, [1])];
  const operatorsAt = offsets(builder, operators);
  builder.startObject(4);
  [...parts, operatorsAt].forEach((part, field) => builder.addFieldOffset(field, part, 0));
  const subgraph = builder.endObject();
  const codesAt = offsets(builder, codes);
  const subgraphsAt = offsets(builder, new Array<number>(subgraphs).fill(subgraph));
  builder.startObject(5);
  builder.addFieldInt32(0, 3, 0);
  builder.addFieldOffset(1, codesAt, 0);
  builder.addFieldOffset(2, subgraphsAt, 0);
  builder.finish(builder.endObject(), "TFL3");
  return builder.asUint8Array();
}

Deno.test("the larger of the old and the new operator code counts", () => {
  const relu = 19;
  const gelu = 150;
  assertEquals(readModel(fileWithCode({ oldCode: relu, code: 0 })).operators[0].op, "RELU");
  assertEquals(readModel(fileWithCode({ oldCode: relu, code: relu })).operators[0].op, "RELU");
  const [operator] = readModel(fileWithCode({ oldCode: 127, code: gelu })).operators;
  assertEquals(operatorName(operator), "GELU");
});

Deno.test("an operator newer than the schema is kept under its number", () => {
  const [operator] = readModel(fileWithCode({ oldCode: 127, code: 4000 })).operators;
  assertEquals(operatorName(operator), "BUILTIN_4000");
});

Deno.test("a small file that names the same graph many times is refused", () => {
  const file = buildFile((builder) => {
    builder.startObject(1);
    const code = builder.endObject();
    const tensors = Array.from({ length: 1000 }, () => tensorTable(builder));
    return { codes: [code], tensors, operators: [], subgraphs: 50000 };
  });
  assertRefused(file, "names the same bytes too many times");
});

function assertRefused(file: Uint8Array, reason: string): void {
  const error = assertThrows(() => readModel(file), ModelError);
  assertStringIncludes(error.message, reason);
  assert(error.offsetBytes !== null && error.offsetBytes <= file.length);
}

/** A file whose tensor 0 is a constant in a buffer, which `write` fills in. */
function fileWithBuffer(write: (builder: Builder) => void): Uint8Array {
  const builder = new Builder(1024);
  const shape = vector(builder, [4]);
  builder.startObject(3);
  builder.addFieldOffset(0, shape, 0);
  builder.addFieldInt8(1, 9, 0);
  builder.addFieldInt32(2, 1, 0);
  const tensors = offsets(builder, [builder.endObject()]);
  builder.startObject(1);
  builder.addFieldOffset(0, tensors, 0);
  const subgraphs = offsets(builder, [builder.endObject()]);
  builder.startObject(0);
  const empty = builder.endObject();
  builder.startObject(3);
  write(builder);
  const buffers = offsets(builder, [empty, builder.endObject()]);
  builder.startObject(9);
  builder.addFieldInt32(0, 3, 0);
  builder.addFieldOffset(2, subgraphs, 0);
  builder.addFieldOffset(4, buffers, 0);
  builder.addFieldInt32(8, 1, 0);
  builder.finish(builder.endObject(), "TFL3");
  return builder.asUint8Array();
}

Deno.test("data behind the flatbuffer is read, and its place checked", () => {
  const write = (offset: bigint) => (builder: Builder) => {
    builder.addFieldInt64(1, offset, 0n);
    builder.addFieldInt64(2, 4n, 0n);
  };
  const flatbuffer = fileWithBuffer(write(8n));
  const place = BigInt(flatbuffer.length);
  const file = new Uint8Array(flatbuffer.length + 4);
  file.set(fileWithBuffer(write(place)));
  file.set([1, 2, 3, 4], flatbuffer.length);
  assertEquals(readModel(file).tensors[0].data, new Uint8Array([1, 2, 3, 4]));
  assertRefused(file.subarray(0, file.length - 1), `a buffer of 4 bytes at ${place} lies outside`);
  assertRefused(fileWithBuffer(write(2n ** 62n)), "beyond 2^53");
});

Deno.test("what a newer schema adds is named, and the model is not written back", () => {
  const model = readModel(fileWithBuffer((builder) => {
    builder.addFieldInt64(1, 4n, 0n);
    builder.addFieldInt64(2, 4n, 0n);
  }));
  assertEquals(model.lost, ["field 8 of a newer schema"]);
  const error = assertThrows(() => writeModel(model), ModelError);
  assertStringIncludes(error.message, "field 8 of a newer schema");
});

Deno.test("every truncation of a file is refused", () => {
  const file = writeModel(stateful());
  for (let length = 0; length < file.length - 8; length++) {
    const error = assertThrows(() => readModel(file.subarray(0, length)), ModelError);
    assert(error.offsetBytes !== null && error.offsetBytes <= length);
  }
});

Deno.test("errors name the byte and the reason", () => {
  const file = writeModel(convolutional());
  const other = file.slice();
  other.set(new TextEncoder().encode("TFL4"), 4);
  assertRefused(other, 'byte 4: identifier "TFL4", needed "TFL3"');
  const lost = file.slice();
  new DataView(lost.buffer).setUint32(0, 0xfffffff0, true);
  assertRefused(lost, `byte 0: offset 4294967280 points outside the file (${file.length} bytes)`);
});
