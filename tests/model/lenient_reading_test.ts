import {
  createEngine,
  elements,
  type Model,
  type ModelTensor,
  readModel,
  run,
  runReference,
  sizeBytes,
  summarize,
  tableMetadata,
  writeModel,
  zeroValues,
} from "tinyloom";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { readShared } from "../shared_files.ts";

const activation: Omit<ModelTensor, "name"> = {
  ...{ dtype: "int8", shape: [1, 4], data: null, isVariable: false },
  quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
};

/** z = y + x: the operator's list of inputs is not that of the graph. */
const adding: Model = {
  ...{ name: "add", description: "", metadata: [], signatures: [], otherSubgraphs: [], lost: [] },
  tensors: ["x", "y", "z"].map((name) => ({ ...activation, name })),
  operators: [{
    ...{ op: "ADD", inputs: [1, 0], outputs: [2], version: 2 },
    attributes: { activation: "NONE", potScaleInt16: false },
  }],
  inputs: [0, 1],
  outputs: [2],
};

/** The file with bytes in place of others, which stand there once. */
function replaced(file: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const places = Array.from(file.keys()).filter((at) => from.every((b, i) => file[at + i] === b));
  assertEquals(places.length, 1);
  const copy = file.slice();
  copy.set(to, places[0]);
  return copy;
}

const word = (value: number) => [value & 255, value >> 8 & 255, value >> 16 & 255, value >> 24];

Deno.test("a model without oddities has no warnings", () => {
  assertEquals(Object.hasOwn(readModel(writeModel(adding)), "warnings"), false);
});

Deno.test("an input that is listed twice is fed twice, and the last one counts", () => {
  const both = { ...adding, operators: [{ ...adding.operators[0], inputs: [1, 1] }] } as Model;
  const twice = readModel(replaced(
    writeModel(both),
    [...word(2), ...word(0), ...word(1)],
    [...word(2), ...word(1), ...word(1)],
  ));
  assertEquals(twice.warnings, [
    'tensor 1 "y" is listed more than once as an input: what is fed last counts',
  ]);
  const frame = [Int8Array.of(9, 9, 9, 9), Int8Array.of(1, 2, 3, 4)];
  const right = [Int8Array.of(2, 4, 6, 8)];
  assertEquals(runReference(twice, frame).outputs, right);
  using engine = createEngine(twice);
  assertEquals(run(engine, frame), right);
});

Deno.test("an older schema version is read, a newer one is not", () => {
  const file = writeModel(adding);
  const view = new DataView(file.buffer, file.byteOffset);
  const root = view.getUint32(0, true);
  const at = root + view.getUint16(root - view.getInt32(root, true) + 4, true);
  view.setUint32(at, 2, true);
  assertMatch(readModel(file).warnings![0], /schema version 2/);
  view.setUint32(at, 4, true);
  assertThrows(() => readModel(file), Error, "schema version 4, needed 3");
});

Deno.test("a buffer longer than its tensor is cut, and the model can be written", () => {
  const longer = writeModel({
    ...adding,
    inputs: [0],
    tensors: adding.tensors.with(1, {
      ...adding.tensors[1],
      shape: [9],
      data: new Uint8Array(9).fill(77),
    }),
    operators: [{ ...adding.operators[0], inputs: [0, 0] }] as Model["operators"],
  });
  const model = readModel(replaced(longer, [...word(1), ...word(9)], [...word(1), ...word(5)]));
  assertEquals(model.tensors[1].data, new Uint8Array(5).fill(77));
  assertEquals(model.warnings, [
    'tensor 1 "y": its buffer has 9 bytes, int8 [5] takes 5: the rest is left out',
  ]);
  assertEquals(readModel(writeModel(model)).warnings, undefined);
  assertEquals(tableMetadata(summarize(model)).warnings, model.warnings);
});

Deno.test("the old list of metadata is written back", () => {
  const model = { ...adding, oldMetadata: [Uint8Array.of(1, 2, 3)] };
  assertEquals(readModel(writeModel(model)), model);
});

Deno.test("an open extent is named as symbolic", () => {
  const unused = { ...activation, name: "w", shape: [3, 7] };
  const file = replaced(
    writeModel({ ...adding, tensors: [...adding.tensors, unused] }),
    [...word(2), ...word(3), ...word(7)],
    [...word(2), ...word(3), 255, 255, 255, 255],
  );
  assertThrows(
    () => readModel(file),
    Error,
    "a symbolic extent; export the model with fixed shapes",
  );
  const open = { ...adding.tensors[0], shapeSignature: [1, -1] };
  const model = readModel(writeModel({ ...adding, tensors: adding.tensors.with(0, open) }));
  assertEquals(model.warnings, ['tensor 0 "x" has the symbolic shape [1,-1], read as [1,4]']);
  assertThrows(() => createEngine(model), Error, "of the symbolic shape [1,-1]");
});

const strict = (file: string) => readShared(`cases/strict/${file}`);

/** What TensorFlow Lite Micro runs, and what is said of it. */
const WARNINGS: Readonly<Record<string, RegExp>> = {
  dupin: /tensor 0 .* listed more than once as an input/,
  inconst: /tensor 2 .* is both a constant and an input: it is an input/,
  longbuf: /tensor 2 .*: its buffer has 25 bytes, int8 \[1,3,3,1\] takes 9/,
  meta: /metadata "foo" names buffer 9999, the file has 18: it is left out/,
  schema2: /schema version 2/,
  sig: /signature "x" names tensor 99999 as "a", the graph has 16/,
  sigsub: /signature "x" names subgraph 5, the file has 1/,
  sparse: /tensor 2 .* marked as sparse, but its data are dense/,
  wzp: /tensor [246] .* weights with the zero point 5/,
};

for (const [name, warning] of Object.entries(WARNINGS)) {
  Deno.test({
    name: `${name} is read with a warning and run`,
    fn: () => {
      const [file, given, right] = ["tflite", "in_0.bin", "tflm_0.bin"].map((end) =>
        strict(`${name}.${end}`)
      );
      const model = readModel(file);
      assert(model.warnings!.every((each) => warning.test(each)), model.warnings!.join("\n"));
      let at = 0;
      const frame = model.inputs.map((index) => {
        const tensor = model.tensors[index];
        const values = zeroValues(tensor.dtype, elements(tensor.shape)) as Int8Array;
        values.set(new Int8Array(given.buffer, at, sizeBytes(tensor)));
        at += sizeBytes(tensor);
        return values;
      });
      assertEquals(at, given.length);
      const wanted = [new Int8Array(right.buffer)];
      assertEquals(runReference(model, frame).outputs, wanted);
      using engine = createEngine(model, { checked: true });
      assertEquals(run(engine, frame), wanted);
      assertEquals(runReference(readModel(writeModel(model)), frame).outputs, wanted);
    },
  });
}

Deno.test({
  name: "a zero point that no element can have is refused with the reason",
  fn: () => {
    const file = strict("zp300.tflite");
    assertThrows(() => readModel(file), Error, "no int8 stands for 0");
  },
});
