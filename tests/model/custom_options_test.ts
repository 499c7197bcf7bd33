import {
  type Model,
  ModelError,
  operatorName,
  readModel,
  type TypedOperator,
  writeModel,
} from "../../mod.ts";
import { readCustomOptions, writeCustomOptions } from "../../lib/model/custom_options.ts";
import { encode } from "../../lib/npm/flexbuffers.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { single, tensor } from "../engine/single_operator.ts";

const samples = tensor("int16", [6]);
const framer = single("SignalFramer", { frameSize: 4, frameStep: 2, prefill: true }, {
  inputs: [samples],
  outputs: [tensor("int16", [3, 4]), tensor("bool", [])],
});

function only(model: Model): TypedOperator<"SignalFramer"> {
  const [operator] = model.operators;
  if (operator.op === "SignalFramer") return operator;
  throw new TypeError(`found ${operatorName(operator)}`);
}

Deno.test("a custom operator is read into a type of its own, by its name in the file", () => {
  const read = readModel(writeModel(framer));
  assertEquals(read.lost, []);
  assertEquals(only(read).attributes, { frameSize: 4, frameStep: 2, prefill: true });
});

Deno.test("the bytes of options are kept as long as they say what the attributes say", () => {
  // Keys that nobody knows, and a number that a wider field holds.
  const bytes = encode({ frame_size: 4, frame_step: 2, other: 1e9, prefill: true });
  const operator = { ...only(framer), customOptions: bytes };
  const written = only(readModel(writeModel({ ...framer, operators: [operator] })));
  assertEquals(written.customOptions, bytes);

  const attributes = { ...operator.attributes, prefill: false };
  const changed = { ...framer, operators: [{ ...operator, attributes }] };
  const rewritten = only(readModel(writeModel(changed)));
  assertEquals(rewritten.attributes, attributes);
  assert(rewritten.customOptions!.length < bytes.length, "the unknown key is gone");
});

const options = {
  type: { key: "T", kind: "dtype" },
  most: { key: "most", kind: "int32", initial: 100 },
  scale: { key: "scale", kind: "float32" },
  isOn: { key: "is_on", kind: "bool" },
} as const;

Deno.test("options that a map lacks have their initial values", () => {
  const initial = { type: "float32", most: 100, scale: 0, isOn: false };
  assertEquals(readCustomOptions(null, options), initial);
  assertEquals(readCustomOptions(encode({ most: null }), options), initial);
  assertEquals(writeCustomOptions(initial, { bytes: null, options }), null);
});

Deno.test("options are written in the order of their keys, as readers search them", () => {
  const attributes = { type: "int16", most: -3, scale: 0.1, isOn: true };
  const bytes = writeCustomOptions(
    { ...attributes, scale: Math.fround(0.1) },
    { bytes: null, options },
  )!;
  assertEquals(readCustomOptions(bytes, options), { ...attributes, scale: Math.fround(0.1) });
  const text = new TextDecoder("latin1").decode(bytes);
  const places = ["T", "is_on", "most", "scale"].map((key) => text.indexOf(`${key}\0`));
  assertEquals(places, places.toSorted((a, b) => a - b));
});

Deno.test("options that are no map, or of another kind, are refused", () => {
  const cases = [
    [Uint8Array.of(1, 2), "no flexbuffer"],
    [encode([1, 2]), "hold no map"],
    [encode({ most: "many" }), 'custom option "most" is no number, needed int32'],
    [encode({ T: 99 }), 'custom option "T" is 99, needed the number of a type'],
  ] as const;
  for (const [bytes, reason] of cases) {
    assertThrows(() => readCustomOptions(bytes, options), ModelError, reason);
  }
});

Deno.test("a custom operator that is not known keeps its name and its bytes", () => {
  const customOptions = Uint8Array.of(7, 7);
  const stream = {
    op: "OPAQUE",
    opName: "ethos-u",
    code: 32,
    optionTable: null,
    attributes: {},
    customOptions,
    version: 1,
    inputs: [0],
    outputs: [1, 2],
  } as const;
  const [found] = readModel(writeModel({ ...framer, operators: [stream] })).operators;
  assertEquals(found.op, "OPAQUE");
  assertEquals(operatorName(found), "ethos-u");
  assertEquals(found.op === "OPAQUE" && found.customOptions, customOptions);

  const known = { ...stream, opName: "SignalFramer" };
  const write = () => writeModel({ ...framer, operators: [known] });
  assertThrows(write, ModelError, "SignalFramer (32) has a type of its own");
});
