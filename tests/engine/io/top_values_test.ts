import { Builder } from "../../../lib/npm/flatbuffers.ts";
import { labelsOf, type Model, readLabels, topValues } from "tinyloom";
import { assertEquals, assertThrows } from "../../assert.ts";
import { modelOf, real, tensor } from "./single_tensor.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("top values are the largest first, of equal ones the first, NaN last", () => {
  const values = new Float32Array([1, NaN, 5, 5, -2]);
  const indices = (count?: number) =>
    topValues(values, real([5]), { count }).map(({ index }) => index);
  assertEquals(indices(), [2, 3, 0, 4, 1]);
  assertEquals(indices(2), [2, 3]);
  assertEquals(topValues(values, real([5])).at(-1), { index: 1, value: null });
  const scaled = topValues(new Int8Array([4, 6]), tensor([2]), { count: 1, labels: ["a", "b"] });
  assertEquals(scaled, [{ index: 1, value: 3, label: "b" }]);
  assertThrows(
    () => topValues(values, real([5]), { labels: ["a"] }),
    RangeError,
    '1 labels for the 5 elements of "x"',
  );
});

Deno.test("labels are lines, numbered lines, or JSON", () => {
  assertEquals(readLabels("\ufeffcat\r\n big dog \n\n"), ["cat", "big dog"]);
  assertEquals(readLabels("0  cat\n1  big dog"), ["cat", "big dog"]);
  assertEquals(readLabels("1 cat\n2 dog"), ["1 cat", "2 dog"]);
  assertEquals(readLabels('["a", "b"]'), ["a", "b"]);
  assertEquals(readLabels("a\n\nc"), ["a", "", "c"]);
  assertEquals(readLabels(""), []);
  assertThrows(() => readLabels("[1]"), TypeError, "this is not an array of labels: $[0] is 1, needed a text");
});

Deno.test("a model's labels are the file that its metadata names, else the only one that fits", () => {
  const model: Model = modelOf(real([1, 2]), real([1, 3]));
  const with_ = (files: Readonly<Record<string, string>>, named?: string): Model => ({
    ...model,
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytes(text)])),
    metadata: named === undefined ? [] : [{ name: "TFLITE_METADATA", data: metadata(named) }],
  });
  assertEquals(labelsOf(model), null);
  assertEquals(labelsOf(with_({ "a.txt": "x\ny" })), ["x", "y"]);
  assertEquals(labelsOf(with_({ "a.txt": "x\ny\nz" })), null);
  assertEquals(labelsOf(with_({ "a.txt": "x\ny\nz" }), 1), ["x", "y", "z"]);
  const two = { "a.txt": "x\ny", "b.txt": "v\nw" };
  assertEquals(labelsOf(with_(two)), null);
  assertEquals(labelsOf(with_({ ...two, "labels.txt": "p\nq" })), ["p", "q"]);
  assertEquals(labelsOf(with_({ ...two, "labels.txt": "p\nq" }, "b.txt")), ["v", "w"]);
  assertEquals(labelsOf(with_(two), 7), null);
  const damaged = { ...with_(two), metadata: [{ name: "TFLITE_METADATA", data: bytes("M001") }] };
  assertEquals(labelsOf(damaged), null);
});

/** TFLITE_METADATA that has a description and a file of labels for the first output. */
function metadata(name: string): Uint8Array {
  const b = new Builder(256);
  const table = (fields: readonly (readonly [number, number])[], type?: number): number => {
    b.startObject(8);
    for (const [field, offset] of fields) b.addFieldOffset(field, offset, 0);
    if (type !== undefined) b.addFieldInt8(2, type, 0);
    return b.endObject();
  };
  const vector = (...tables: readonly number[]): number => {
    b.startVector(4, tables.length, 4);
    for (const each of tables.toReversed()) b.addOffset(each);
    return b.endVector();
  };
  const other = table([[0, b.createString("a.txt")]], 1);
  const labels = table([[0, b.createString(name)]], 2);
  const tensorMetadata = table([[6, vector(other, labels)]]);
  const subgraph = table([[3, vector(tensorMetadata)]]);
  b.finish(table([[3, vector(subgraph)]]), "M001");
  return b.asUint8Array();
}
