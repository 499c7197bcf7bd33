import { type Model, ModelError, readModel, writeModel } from "tinyloom";
import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { convolutional, elementwise, Graph, sampleModels, stateful } from "./models.ts";
import { sharedModels } from "./shared_models.ts";

for (const [name, model] of Object.entries(sampleModels())) {
  Deno.test(`a written model reads back equal: ${name}`, () => {
    assertEquals(readModel(writeModel(model)), model);
  });
}

const shared = sharedModels();
Deno.test({
  name: "real models read back equal after writing",
  fn: () => {
    for (const { bytes } of shared) {
      const model = readModel(bytes);
      assertEquals(readModel(writeModel(model)), model);
    }
  },
});

Deno.test("the file carries its identifier and constants on 16 bytes", () => {
  const file = writeModel(convolutional());
  assertEquals(String.fromCharCode(...file.subarray(4, 8)), "TFL3");
  const constants = readModel(file).tensors.flatMap(({ data }) => data === null ? [] : [data]);
  assertEquals(constants.length, 8);
  for (const data of constants) assertEquals((data.byteOffset - file.byteOffset) % 16, 0);
});

Deno.test("tensors that share their data share it in the file", () => {
  const graph = new Graph();
  const data = new Uint8Array(4096);
  const x = graph.tensor([4096]);
  const weights = [graph.tensor([4096], { data }), graph.tensor([4096], { data })];
  let y = x;
  for (const w of weights) {
    y = graph.add("MUL", { inputs: [y, w], output: [4096], attributes: { activation: "NONE" } });
  }
  const file = writeModel(graph.model([x], [y]));
  assertEquals(file.length < 2 * 4096, true);
  const tensors = readModel(file).tensors;
  assertEquals(tensors[1].data === tensors[2].data, true);
});

Deno.test("operator codes above 127 survive", () => {
  const graph = new Graph();
  const x = graph.tensor([4]);
  const y = graph.tensor([4]);
  graph.operators.push({
    op: "OPAQUE",
    opName: "GELU",
    code: 150,
    optionTable: "GeluOptions",
    attributes: { approximate: true },
    customOptions: null,
    inputs: [x],
    outputs: [y],
    version: 1,
  });
  const model = graph.model([x], [y]);
  assertEquals(readModel(writeModel(model)), model);
});

const refused: Record<string, { model: Model; reason: string }> = {
  "what a file held beyond a Model": {
    model: { ...elementwise(), lost: ["tensor 3: sparsity"] },
    reason: "tensor 3: sparsity",
  },
  "a constant shorter than its shape": {
    model: changeTensor(convolutional(), 1, { data: new Uint8Array(107) }),
    reason: 'tensor 1 "t1": a constant of 107 bytes, needed 108 for int8 [4,3,3,3]',
  },
  "operators out of order": {
    model: { ...elementwise(), operators: elementwise().operators.toReversed() },
    reason: "which nothing before it writes",
  },
  "two writers of a tensor": {
    model: {
      ...elementwise(),
      operators: [...elementwise().operators, elementwise().operators[0]],
    },
    reason: "writes tensor 1, which is the result of operator 0 already",
  },
  "an output shape that the operator does not have": {
    model: changeTensor(convolutional(), 3, { shape: [1, 5, 5, 4] }),
    reason: "operator 0 CONV_2D: output of shape [1,5,5,4], needed 4 in dimension 2",
  },
  "scales that do not match the dimension": {
    model: changeTensor(convolutional(), 1, {
      quantization: { scales: [1, 2], zeroPoints: [0, 0], axis: 0 },
    }),
    reason: "2 scales for dimension 0 of shape [4,3,3,3]",
  },
  "a zero point outside the type": {
    model: changeTensor(convolutional(), 0, {
      quantization: { scales: [1], zeroPoints: [128], axis: 0 },
    }),
    reason: "zero point 128, needed -128 to 127 for int8",
  },
  "a subgraph that runs itself": {
    model: { ...stateful(), otherSubgraphs: Array(2).fill({ ...stateful(), name: "again" }) },
    reason: "runs itself",
  },
  "a typed operator in disguise": {
    model: {
      ...stateful(),
      operators: stateful().operators.map((operator) =>
        operator.op === "OPAQUE"
          ? { ...operator, opName: "TANH", code: 28, optionTable: null, attributes: {} }
          : operator
      ),
    },
    reason: "opaque, although TANH (28) has a type of its own",
  },
  "an attribute that is not in the schema": {
    model: {
      ...stateful(),
      operators: stateful().operators.map((operator) =>
        operator.op === "WHILE"
          ? { ...operator, attributes: { ...operator.attributes, speed: 3 } }
          : operator
      ),
    },
    reason: 'WhileOptions has no attribute "speed"',
  },
};

function changeTensor(
  model: Model,
  index: number,
  change: Partial<Model["tensors"][number]>,
): Model {
  return { ...model, tensors: model.tensors.with(index, { ...model.tensors[index], ...change }) };
}

for (const [name, { model, reason }] of Object.entries(refused)) {
  Deno.test(`writeModel refuses ${name}`, () => {
    const error = assertThrows(() => writeModel(model), ModelError);
    assertStringIncludes(error.reason, reason);
    assertEquals(error.offsetBytes, null);
  });
}
