import { ModelError, readModel, writeModel, zoo } from "tinyloom";
import { assert, assertStringIncludes, assertThrows } from "../assert.ts";

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What people take for a model, by how it begins, and what the error says it is. */
const KINDS: readonly (readonly [start: string, what: string])[] = [
  ["", "the file is empty"],
  ["version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21", "a Git LFS pointer"],
  ["\x1f\x8b\x08\0\0\0\0\0\0\x03", "a gzip archive"],
  ["PK\x03\x04\x14\0\0\0\x08\0", "a zip archive"],
  ["\n<!DOCTYPE html>\n<html lang=en>", "an HTML page"],
  ["\x89HDF\r\n\x1a\n\0\0\0\0", "an HDF5 file"],
  ["\x1c\0\0\0TFL2\x14\0\0\0", "another version of the format"],
  ["unsigned char model_tflite[] = {\n  0x1c, 0x00, 0x00, 0x00,", "C source code"],
  ['#include "model.h"\nalignas(16) const unsigned char g_model[] = {', "C source code"],
  ["\x08\x08\x12\x07pytorch\x1a\x051.9.0:\x80\x01", "an ONNX model"],
  ["\x08\x01\x12\xd4\x0c\x0a\x42\x0a\x05serve", "a TensorFlow SavedModel"],
  ['{"format": "graph-model", "generatedBy": "2.8.0"}', "this is JSON"],
  ["hello, world", "a text file"],
];

for (const [start, what] of KINDS) {
  Deno.test(`${JSON.stringify(start.slice(0, 20))} is named: ${what}`, () => {
    const error = assertThrows(() => readModel(ascii(start)), ModelError);
    assertStringIncludes(error.message, what);
    assert(error.offsetBytes !== null);
  });
}

Deno.test("what is no kind of file that is known is not named", () => {
  const error = assertThrows(() => readModel(new Uint8Array(64).fill(0xaa)), ModelError);
  assert(error.message.endsWith('needed "TFL3"'), error.message);
});

Deno.test("a file that ends too early is said to be cut off", () => {
  const file = writeModel(zoo("mlperf-tiny-ad"));
  const half = file.subarray(0, file.length / 2);
  assertThrows(() => readModel(half), ModelError, "it is cut off, or damaged");
});
