import { type AttributeValue, type Model, readModel, writeModel } from "tinyloom";
import { builtinName } from "../../lib/model/builtin_operators.ts";
import { type FieldKind, optionTable, optionTables } from "../../lib/model/option_tables.ts";
import { assertEquals } from "../assert.ts";
import { Graph } from "./models.ts";

/** A value of each kind that no table has as its initial one. */
const VALUES: Readonly<Record<Exclude<FieldKind, "deprecated" | "bool">, AttributeValue>> = {
  int32: -7,
  uint32: 0,
  int8: 1,
  int64: -(2 ** 50),
  float32: 0.375,
  padding: "VALID",
  activation: "RELU6",
  weightsFormat: "SHUFFLED4x16INT8",
  dtype: "int64",
  string: "shared name",
  int32s: [3, -1],
  float32s: [0.5, -2],
};

/** A model of one opaque operator with the option table given, and a second, empty graph. */
function opaque(optionTable: string, attributes: Record<string, AttributeValue>): Model {
  const embeddingLookupSparse = 33;
  const graph = new Graph();
  const x = graph.tensor([4]);
  const y = graph.tensor([4]);
  graph.operators.push({
    op: "OPAQUE",
    opName: builtinName(embeddingLookupSparse),
    code: embeddingLookupSparse,
    optionTable,
    attributes,
    customOptions: null,
    inputs: [x],
    outputs: [y],
    version: 1,
  });
  const empty = { name: "", tensors: [], operators: [], inputs: [], outputs: [] };
  return graph.model([x], [y], { otherSubgraphs: [empty] });
}

Deno.test("every option table of the schema survives writing and reading", () => {
  for (const { name, fields } of optionTables) {
    const attributes = Object.fromEntries(
      fields.filter(({ kind }) => kind !== "deprecated").map(({ name, kind, initial }) => [
        name,
        kind === "bool" ? initial === 0 : VALUES[kind as keyof typeof VALUES],
      ]),
    );
    // Indices of subgraphs have to exist, but the graph itself must not be run again.
    if (["IfOptions", "WhileOptions", "CallOptions", "CallOnceOptions"].includes(name)) {
      for (const field of Object.keys(attributes)) attributes[field] = 1;
    }
    const model = opaque(name, attributes);
    assertEquals(readModel(writeModel(model)), model, name);
  }
});

Deno.test("option tables have their numbers in the schema", () => {
  const numbers = {
    Conv2DOptions: 1,
    Pool2DOptions: 5,
    FullyConnectedOptions: 8,
    ReshapeOptions: 17,
    StridedSliceOptions: 32,
    LeakyReluOptions: 75,
    WhileOptions: 93,
    RightShiftOptions: 126,
  };
  for (const [name, number] of Object.entries(numbers)) {
    assertEquals(optionTable(name)?.unionType, number);
  }
});

Deno.test("operators have their numbers in the schema", () => {
  const numbers = {
    0: "ADD",
    3: "CONV_2D",
    27: "SVDF",
    32: "CUSTOM",
    97: "RESIZE_NEAREST_NEIGHBOR",
    114: "QUANTIZE",
    129: "CALL_ONCE",
    161: "RIGHT_SHIFT",
    206: "STABLEHLO_COMPOSITE",
  };
  for (const [code, name] of Object.entries(numbers)) assertEquals(builtinName(Number(code)), name);
});

Deno.test("options that a file leaves out have the schema's initial values", () => {
  const initial = {
    UniqueOptions: { idxOutType: "int32" },
    Conv3DOptions: {
      padding: "SAME",
      strideD: 0,
      strideW: 0,
      strideH: 0,
      activation: "NONE",
      dilationD: 1,
      dilationW: 1,
      dilationH: 1,
    },
    BucketizeOptions: { boundaries: [] },
    VarHandleOptions: { container: "", sharedName: "" },
  };
  for (const [name, attributes] of Object.entries(initial)) {
    const [operator] = readModel(writeModel(opaque(name, {}))).operators;
    assertEquals<unknown>(operator.attributes, attributes);
  }
});
